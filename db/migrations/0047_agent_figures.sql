-- What the server keeps of agents: whether they answer, figures of their machines, commands that wait for them.

-- since when its link is there but its answers are slow
alter table agents add column slow_since timestamptz;
-- why people were told that it is away; null: it is there, or was never there
alter table agents add column alerted text check (alerted in ('missed', 'slow'));
create index agents_slow_idx on agents (id) where slow_since is not null;

-- Sums of the samples of a minute or an hour: averages come of them, and batches add to them.
create table agent_metrics (
  organization_id uuid not null references organizations (id) on delete cascade,
  agent_id uuid not null references agents (id) on delete cascade,
  resolution text not null check (resolution in ('minute', 'hour')),
  start_at timestamptz not null,
  samples int not null,
  cpu_percent float8 not null,
  memory_used_bytes float8 not null,
  disk_used_bytes float8 not null,
  load_1 float8 not null,
  network_rx_bps float8 not null,
  network_tx_bps float8 not null,
  primary key (agent_id, resolution, start_at)
);
-- retention
create index agent_metrics_age_idx on agent_metrics (resolution, start_at);
create index agent_metrics_organization_idx on agent_metrics (organization_id);

-- Commands that must be carried out once, whatever breaks in between: the agent keeps a journal of their ids.
create table agent_commands (
  id uuid primary key,
  organization_id uuid not null references organizations (id) on delete cascade,
  agent_id uuid not null references agents (id) on delete cascade,
  name text not null,
  data jsonb not null,
  created_at timestamptz not null,
  -- not told to the agent any more after this
  expires_at timestamptz not null,
  finished_at timestamptz,
  -- {ok, data | error}; null: none came
  result jsonb
);
create index agent_commands_waiting_idx on agent_commands (agent_id, id) where finished_at is null;
create index agent_commands_age_idx on agent_commands (expires_at);
create index agent_commands_organization_idx on agent_commands (organization_id);
