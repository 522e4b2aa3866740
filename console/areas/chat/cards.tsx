// Cards of a message: what programs say besides its text. Nothing is loaded from other hosts: pictures are shown from this
// server's copies, and are links until there is one.
import { useRef, useState } from "preact/hooks";
import type { Card, CardAction, CardField } from "../../../protocol/chat/cards.ts";
import type { Message } from "../../../protocol/chat/chat.ts";
import { Icon } from "../../components/icon.tsx";
import { leadsTo } from "./lib/addresses.ts";
import { attempt } from "./lib/actions.ts";
import { exactTime } from "./lib/text.ts";
import { dateTime } from "../../lib/format.ts";
import { locale, t } from "../../lib/i18n.ts";
import { post } from "../../lib/api.ts";
import { MessageBody } from "./message_body.tsx";

type Mentions = Message["mentions"];

/** More than so much is folded. */
const LONG_TEXT = 1_400, LONG_LINES = 18;
const DONE_MS = 2_500;

/** Messages of older servers' event logs have none. */
const cardsOf = (message: Pick<Message, "is_deleted"> & { cards?: readonly Card[] }): readonly Card[] =>
  message.is_deleted ? [] : message.cards ?? [];

/** @param clickable the person may act in this channel; absent: the cards stand somewhere to be read only */
export function Cards({ message, clickable }: { message: Message; clickable?: boolean }) {
  const cards = cardsOf(message);
  if (!cards.length) return null;
  return (
    <div class="cards">
      {cards.map((card, i) => (
        <CardView
          key={i}
          card={card}
          joined={isJoined(cards[i - 1], card)}
          mentions={message.mentions}
          onClick={clickable ? (id) => click(message.id, id) : undefined}
        />
      ))}
    </div>
  );
}

/** What goes on from the card above without a head of its own is drawn as part of it. */
const isJoined = (above: Card | undefined, card: Card): boolean =>
  above !== undefined && above.color === card.color && !card.title && !card.author;

const click = (messageId: string, id: string) =>
  attempt(() => post(`/messages/${messageId}/actions/${encodeURIComponent(id)}`, {}));

interface CardProps {
  card: Card;
  joined?: boolean;
  mentions: Mentions;
  /** Answers whether it went well. */
  onClick?: (actionId: string) => Promise<boolean>;
}

export function CardView({ card, joined, mentions, onClick }: CardProps) {
  const { author, title, title_url, text, fields = [], footer, timestamp, actions = [], color } = card;
  const at = timestamp ? Date.parse(timestamp) : NaN;
  const classes = ["card-box", joined && "card-joined", color && !color.startsWith("#") && `card-${color}`]
    .filter(Boolean).join(" ");
  return (
    <section class={classes} style={color?.startsWith("#") ? { "--card-color": color } : undefined}>
      {author || title || text || card.thumb_url
        ? (
          <div class={card.thumb_url ? "card-with-thumb" : undefined}>
            <div class="card-words">
              {author ? <Author card={card} /> : null}
              {title
                ? (
                  <p class="card-title" dir="auto">
                    {title_url ? <Named href={title_url} name={title} /> : title}
                  </p>
                )
                : null}
              {text ? <CardText text={text} mentions={mentions} /> : null}
            </div>
            {card.thumb_url
              ? (
                <Picture
                  id={card.thumb_id}
                  url={card.thumb_url}
                  alt={card.thumb_alt ?? ""}
                  label={card.thumb_alt}
                  className="card-thumb"
                />
              )
              : null}
          </div>
        )
        : null}
      {fields.length ? <Fields fields={fields} mentions={mentions} /> : null}
      {card.image_url
        ? (
          <Picture
            id={card.image_id}
            url={card.image_url}
            alt={card.image_alt ?? title ?? ""}
            label={card.image_alt}
            className="card-image"
          />
        )
        : null}
      {actions.length
        ? (
          <div class="card-actions">
            {actions.map((action) => <Action key={action.id} action={action} onClick={onClick} />)}
          </div>
        )
        : null}
      {footer || !Number.isNaN(at)
        ? (
          <footer class="card-foot">
            {footer ? <MessageBody message={{ content: footer, mentions }} /> : null}
            {Number.isNaN(at) ? null : <time dateTime={timestamp} title={exactTime(at)}>{dateTime(at, locale())}</time>}
          </footer>
        )
        : null}
    </section>
  );
}

/** Only these lead out of the page. */
const safe = (href: string): string | undefined => /^(?:https?|mailto|tel):/i.test(href) ? href : undefined;

function Outside(
  { href, className, children }: { href: string; className?: string; children: preact.ComponentChildren },
) {
  return <a class={className} href={safe(href)} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
}

/** A link with words of the program's: words that are another address do not hide where it leads. */
function Named({ href, name }: { href: string; name: string }) {
  const place = leadsTo(name, href);
  return (
    <>
      <Outside href={href}>{name}</Outside>
      {place ? <span class="md-leads">{` (${place})`}</span> : null}
    </>
  );
}

function Author({ card }: { card: Card }) {
  const { name, url } = card.author!;
  return (
    <p class="card-author" dir="auto">
      {card.author_icon_id
        ? <img src={`/api/v1/media/${card.author_icon_id}`} alt="" width={20} height={20} loading="lazy" />
        : null}
      {url ? <Named href={url} name={name} /> : name}
    </p>
  );
}

function CardText({ text, mentions }: { text: string; mentions: Mentions }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG_TEXT || text.split("\n").length > LONG_LINES;
  return (
    <>
      <div class={long && !open ? "card-text-body card-folded" : "card-text-body"}>
        <MessageBody message={{ content: text, mentions }} />
      </div>
      {long
        ? (
          <button type="button" class="text-button card-more" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t(open ? "chat.card.less" : "chat.card.more")}
          </button>
        )
        : null}
    </>
  );
}

function Fields({ fields, mentions }: { fields: readonly CardField[]; mentions: Mentions }) {
  return (
    <dl class="card-fields">
      {fields.map((field, i) => (
        <div key={i} class={field.short ? "card-field card-short" : "card-field"}>
          {field.title ? <dt dir="auto">{field.title}</dt> : null}
          <dd>{field.value ? <MessageBody message={{ content: field.value, mentions }} /> : null}</dd>
        </div>
      ))}
    </dl>
  );
}

function Picture(
  { id, url, alt, label, className }: { id?: string; url: string; alt: string; label?: string; className: string },
) {
  if (id) {
    return (
      <Outside href={url} className={className}>
        <img src={`/api/v1/media/${id}`} alt={alt} loading="lazy" decoding="async" />
      </Outside>
    );
  }
  return (
    <Outside href={url} className={`${className} card-picture-link`}>
      <Icon name="external" size={16} />
      <span>{label || URL.parse(url)?.hostname || url}</span>
    </Outside>
  );
}

function Action({ action, onClick }: { action: CardAction; onClick?: CardProps["onClick"] }) {
  const [state, setState] = useState<"" | "busy" | "done">("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const style = action.style === "primary" ? "btn-primary" : action.style === "danger" ? "btn-danger" : "btn-plain";
  const classes = `btn btn-small card-action ${style}`;
  if (action.url !== undefined) {
    return (
      <Outside href={action.url} className={classes}>
        <span class="btn-text">{action.label}</span>
        <Icon name="external" size={16} />
      </Outside>
    );
  }
  const run = async () => {
    if (state === "busy" || !onClick) return;
    setState("busy");
    const fine = await onClick(action.id);
    setState(fine ? "done" : "");
    clearTimeout(timer.current);
    if (fine) timer.current = setTimeout(() => setState(""), DONE_MS);
  };
  return (
    <button
      type="button"
      class={classes}
      disabled={!onClick || action.value === undefined}
      aria-busy={state === "busy"}
      onClick={run}
    >
      <span class="btn-text">{action.label}</span>
      {state === "busy" ? <span class="spinner" aria-hidden="true" /> : null}
      {state === "done" ? <Icon name="check" size={16} label={t("chat.card.told")} /> : null}
    </button>
  );
}
