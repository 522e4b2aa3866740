// The systemd unit of an agent, as text to be put in place by whoever administers the machine.

export interface UnitOptions {
  /** Program and first arguments that start Pulpo. */
  program: string[];
  /** Absolute. */
  dir: string;
  /** Who it runs as. */
  user: string;
}

/** @returns what belongs into /etc/systemd/system/pulpo-agent.service */
export function unitText({ program, dir, user }: UnitOptions): string {
  const command = [...program, "agent", "--dir", dir].map(quoted).join(" ");
  const atHome = /^\/(home|root)\//.test(`${dir}/`) || program.some((word) => /^\/(home|root)\//.test(word));
  return `# systemd unit of a Pulpo agent. Put in place by root:
#   useradd --system --user-group --home-dir ${dir} --no-create-home --shell /usr/sbin/nologin ${user}
#   install -d -m 0700 -o ${user} -g ${user} ${dir}
#   (this text) > /etc/systemd/system/pulpo-agent.service
#   systemctl daemon-reload && systemctl enable --now pulpo-agent
[Unit]
Description=Pulpo agent
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${command}
Environment=PULPO_LOG_FORMAT=json
User=${user}
Group=${user}
UMask=0077
Restart=always
RestartSec=5
# 2: wrong use, 3: the server does not want it. Trying again is of no use.
RestartPreventExitStatus=2 3
KillSignal=SIGTERM
TimeoutStopSec=20
# What the agent has started goes on running when the agent is restarted or upgraded.
KillMode=process
LimitNOFILE=65536

# Nothing but its own folder, the network and figures of the machine. V8 compiles at run time, so MemoryDenyWriteExecute is not possible.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths=${quoted(dir)}
ProtectHome=${atHome ? "no" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}

/** As one word of a line of a unit (systemd.syntax(7)). */
function quoted(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
  return /^[\w./:@+,=-]+$/.test(word) ? word : `"${escaped}"`;
}
