// Live notifications: everything that arrives, as it arrives. Connection and position, filters, statistics, a sender.
import { serverUrl } from "../../lib/base.ts";
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { guarded } from "../../components/guarded.tsx";
import { Badge, Button, Card, Code, PageHead, Time } from "../../components/basic.tsx";
import { Chart } from "../../components/chart.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { SearchField } from "../../components/search_field.tsx";
import { Connection } from "../../components/connection.tsx";
import { Empty, Notice, Skeleton } from "../../components/states.tsx";
import { VirtualList } from "../../components/virtual_list.tsx";
import { now } from "../../lib/clock.ts";
import { FEED_CAP, type FeedItem, filterItems, percentile, ratePerMinute } from "../../lib/feed.ts";
import { compact, humanType } from "../../lib/format.ts";
import { language, t } from "../../lib/i18n.ts";
import { clearFeed, feed, paused, positions, resumed, setPaused, showHistory, waiting } from "../../lib/live/feed.ts";
import { link } from "../../lib/live/link.ts";
import { addChannel, isBaseChannel, removeChannel, subscribed } from "../../lib/live/subscriptions.ts";
import { curlNotify, notifyChannel } from "../../lib/notify.ts";
import { typeIcon, typeLabel, typeTone } from "../../lib/presets.ts";
import { can } from "../../lib/session.ts";
import { channelName, FeedRow } from "./feed_row.tsx";
import { Sender } from "./sender.tsx";

/** Height of a row in pixels: one line of text and one of what it is; on a phone two lines of text. */
const ROW = 64, ROW_PHONE = 84;
const phone = matchMedia("(max-width: 640px)");

export function LivePage() {
  const types = useSignal<ReadonlySet<string>>(new Set());
  const [narrow, setNarrow] = useState(phone.matches);
  useEffect(() => {
    const follow = () => setNarrow(phone.matches);
    phone.addEventListener("change", follow);
    return () => phone.removeEventListener("change", follow);
  }, []);
  const text = useSignal("");
  const channel = useSignal("");
  const [open, setOpen] = useState<FeedItem | null>(null);
  useEffect(showHistory, []);
  const shown = useComputed(() =>
    filterItems(feed.value.items, { types: types.value, text: text.value, channel: channel.value })
  );
  const filtered = types.value.size > 0 || text.value !== "" || channel.value !== "";
  const channelsSeen = [...new Set(feed.value.items.map((item) => item.channel))];
  const reset = () => {
    types.value = new Set();
    text.value = "";
    channel.value = "";
  };
  return (
    <>
      <PageHead title={t("nav.live")} text={t("live.text")} />
      <LinkBar />
      <div class={can("notify.send") ? "live" : "live live-alone"}>
        <div class="live-main">
          <Card class="feed-card">
            <div class="toolbar">
              <SearchField
                label={t("live.search")}
                data-search
                value={text.value}
                onInput={(event) => text.value = event.currentTarget.value}
                onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
              />
              <select
                class="input"
                aria-label={t("live.channel.filter")}
                value={channel.value}
                onChange={(event) => channel.value = event.currentTarget.value}
              >
                <option value="">{t("live.channel.all")}</option>
                {channelsSeen.map((name) => <option key={name} value={name}>{channelName(name)}</option>)}
              </select>
              <span class="toolbar-gap" />
              <Button
                icon={paused.value ? "play" : "pause"}
                kind={paused.value ? "primary" : "plain"}
                onClick={() => setPaused(!paused.value)}
              >
                {paused.value ? t("live.resume", { n: waiting.value }) : t("live.pause")}
              </Button>
              <Button icon="trash" onClick={clearFeed} disabled={!feed.value.total}>{t("live.clear")}</Button>
            </div>
            <TypeFilter selected={types.value} onChange={(next) => types.value = next} />
            {feed.value.dropped > 0
              ? <p class="feed-note">{t("live.capped", { n: FEED_CAP, dropped: feed.value.dropped })}</p>
              : null}
            {shown.value.length
              ? (
                <VirtualList
                  items={shown.value}
                  rowHeight={narrow ? ROW_PHONE : ROW}
                  keyOf={(item) => item.key}
                  label={t("live.list")}
                  render={(item) => <FeedRow item={item} onOpen={setOpen} />}
                />
              )
              : filtered && feed.value.total
              ? (
                <Empty
                  icon="filter"
                  title={t("live.no_match")}
                  text={t("live.no_match.text", { n: feed.value.items.length })}
                >
                  <Button onClick={reset}>{t("action.clear_filters")}</Button>
                </Empty>
              )
              : link.value.state === "connecting"
              ? (
                <div class="live-wait">
                  <Skeleton rows={6} />
                </div>
              )
              : (
                <Empty page icon="live" title={t("live.empty")} text={t("live.empty.text")}>
                  <div class="empty-code">
                    <Code text={curlNotify(serverUrl(), { type: "test", message: t("send.default_message") })} />
                  </div>
                </Empty>
              )}
          </Card>
        </div>
        <div class="live-side">
          {can("notify.send") ? <Sender /> : null}
          <Statistics />
          <Channels />
        </div>
      </div>
      {open ? <Details item={open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

/** Connection in words, the position of the broadcast channel, and what the last resume brought. */
function LinkBar() {
  const position = positions.value.broadcast;
  const last = resumed.value;
  return (
    <div class="link-bar">
      <Connection detailed />
      {position
        ? (
          <span class="link-fact" title={`epoch ${position.epoch}`}>
            {t("live.position")} <strong>{new Intl.NumberFormat(language.value).format(position.offset)}</strong>
          </span>
        )
        : null}
      <span class="link-fact">
        {t("live.received")} <strong>{compact(feed.value.total, language.value)}</strong>
      </span>
      {last && link.value.state === "live"
        ? (
          <span class="link-fact link-resumed">
            <Icon name="check" size={16} />
            {last.recovered ? t("live.recovered", { n: last.recovered }) : t("live.nothing_missed")} ·{" "}
            <Time value={last.at} />
          </span>
        )
        : null}
    </div>
  );
}

function TypeFilter(
  { selected, onChange }: { selected: ReadonlySet<string>; onChange: (next: ReadonlySet<string>) => void },
) {
  const types = [...feed.value.byType].sort((a, b) => b[1] - a[1]).slice(0, 24);
  // The row is there before the first types come: nothing below it moves.
  if (types.length < 2 && !selected.size) return <div class="chips live-types" />;
  const toggle = (type: string) => {
    const next = new Set(selected);
    if (!next.delete(type)) next.add(type);
    onChange(next);
  };
  return (
    <div class="chips live-types" role="group" aria-label={t("live.types")}>
      {types.map(([type, count]) => (
        <button
          key={type}
          type="button"
          class="chip"
          aria-pressed={selected.has(type)}
          onClick={() => toggle(type)}
        >
          {typeLabel(type) ?? humanType(type)} <span class="chip-count">{compact(count, language.value)}</span>
        </button>
      ))}
    </div>
  );
}

function Statistics() {
  const state = feed.value;
  const rate = useComputed(() => ratePerMinute(feed.value, Math.floor(now.value / 5_000) * 5_000));
  const types = [...state.byType].sort((a, b) => b[1] - a[1]).slice(0, 6);
  const most = types[0]?.[1] ?? 1;
  const median = percentile(state.latencies, 0.5), high = percentile(state.latencies, 0.95);
  const ms = (value: number | null) => value === null ? "–" : `${compact(Math.round(value), language.value)} ms`;
  return (
    <Card title={t("live.stats")}>
      <dl class="facts">
        <div>
          <dt>{t("live.total")}</dt>
          <dd>{compact(state.total, language.value)}</dd>
        </div>
        <div>
          <dt>{t("live.this_minute")}</dt>
          <dd>{compact(rate.value[1].at(-1) ?? 0, language.value)}</dd>
        </div>
        <div>
          <dt>{t("live.latency")}</dt>
          <dd title={t("live.latency.title")}>
            {ms(median)} <small class="muted">p95 {ms(high)}</small>
          </dd>
        </div>
      </dl>
      <Chart
        label={t("live.rate")}
        data={rate.value}
        series={[{ label: t("live.rate"), color: "--chart-1", bars: true }]}
        height={130}
        minMax={4}
      />
      {types.length
        ? (
          <ul class="bars" aria-label={t("live.by_type")}>
            {types.map(([type, count]) => (
              <li key={type}>
                <span class={`type-dot tone-${typeTone(type)}`}>
                  <Icon name={typeIcon(type)} size={16} />
                </span>
                <span class="bars-label">{typeLabel(type) ?? humanType(type)}</span>
                <strong>{compact(count, language.value)}</strong>
                <span class="bars-bar">
                  <span style={{ width: `${(100 * count) / most}%` }} />
                </span>
              </li>
            ))}
          </ul>
        )
        : null}
    </Card>
  );
}

/** Named channels that this tab listens to beside the two that everyone gets. */
function Channels() {
  const [name, setName] = useState("");
  const channel = notifyChannel(name);
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    if (!channel) return;
    addChannel(channel);
    setName("");
  };
  return (
    <Card title={t("live.channels")}>
      <ul class="channel-list">
        {subscribed.value.map((channel) => (
          <li key={channel}>
            <Icon name={channel.startsWith("user:") ? "user" : "live"} size={18} />
            <span>{channel.startsWith("user:") ? t("live.channel.me") : channel}</span>
            <span class="muted">{positions.value[channel] ? `#${positions.value[channel]!.offset}` : ""}</span>
            {isBaseChannel(channel) ? null : (
              <Button
                kind="quiet"
                small
                icon="close"
                label={t("live.unsubscribe", { channel })}
                onClick={() => removeChannel(channel)}
              />
            )}
          </li>
        ))}
      </ul>
      <form class="inline-form" onSubmit={add}>
        <div class="input-prefix">
          <span aria-hidden="true">notify:</span>
          <input
            class="input"
            value={name}
            placeholder={t("live.channel.placeholder")}
            aria-label={t("live.channel.add")}
            autoCapitalize="none"
            spellcheck={false}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <Button type="submit" icon="plus" disabled={!channel}>{t("live.subscribe")}</Button>
      </form>
    </Card>
  );
}

const Details = guarded(function Details({ item, onClose }: { item: FeedItem; onClose: () => void }) {
  return (
    <Dialog title={typeLabel(item.type) ?? humanType(item.type)} onClose={onClose} wide>
      <p class="details-message">{item.message}</p>
      <dl class="details">
        <div>
          <dt>{t("send.type")}</dt>
          <dd>
            <code>{item.type}</code>
          </dd>
        </div>
        <div>
          <dt>{t("send.channel")}</dt>
          <dd>
            <code>{item.channel}</code>
          </dd>
        </div>
        <div>
          <dt>{t("details.time")}</dt>
          <dd>
            <Time value={item.timestamp} mode="absolute" />
          </dd>
        </div>
        <div>
          <dt>{t("live.position")}</dt>
          <dd>{item.push.offset ?? <Badge>{t("live.ephemeral")}</Badge>}</dd>
        </div>
        {item.latency !== null
          ? (
            <div>
              <dt>{t("live.latency")}</dt>
              <dd>{Math.round(item.latency)} ms</dd>
            </div>
          )
          : null}
      </dl>
      <Code text={JSON.stringify(item.push, null, 2)} />
      {item.push.offset === undefined ? <Notice>{t("live.ephemeral.text")}</Notice> : null}
    </Dialog>
  );
});
