// The second tab of /docs: channels, pushes and frames out of /asyncapi.json, as plain elements. Texts go in as text, never as
// markup. Loaded when the tab is opened for the first time.
import { outer } from "./lib/base.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: Schema | boolean;
}
interface Message {
  title: string;
  summary: string;
  payload: Schema;
  examples: { payload: unknown }[];
  "x-kept"?: string;
}
interface Channel {
  /** null: the frames of a socket, which is no channel. */
  address: string | null;
  title: string;
  description: string;
  messages: Record<string, Message>;
  "x-delivery"?: string;
}
interface AsyncApi {
  info: { description: string };
  servers: Record<string, { host: string; pathname: string; protocol: string; description: string }>;
  channels: Record<string, Channel>;
  components: { schemas: Record<string, Schema> };
}

/** Deeper than this only the type's name stands there. */
const MAX_DEPTH = 4;

function el(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** A text with its parts in backticks as code. */
function prose(text: string): (Node | string)[] {
  return text.split(/`([^`]+)`/).map((part, i) => i % 2 ? el("code", "", part) : part);
}

/** Fills the place with the document. @throws Error when it cannot be had */
export async function showEvents(place: HTMLElement): Promise<void> {
  const response = await fetch(outer("/asyncapi.json"));
  if (!response.ok) throw new Error(`asyncapi.json: ${response.status}`);
  const api: AsyncApi = await response.json();
  place.replaceChildren(
    el("h1", "", "Realtime"),
    el("p", "", ...prose(api.info.description)),
    el(
      "ul",
      "",
      ...Object.values(api.servers).map(({ protocol, host, pathname, description }) =>
        el("li", "", el("code", "", `${protocol}://${host}${pathname}`), " ", ...prose(description))
      ),
    ),
    ...Object.values(api.channels).map((channel) => channelPart(api, channel)),
  );
}

function channelPart(api: AsyncApi, channel: Channel): HTMLElement {
  const heading = el("h2", "", channel.address === null ? channel.title : el("code", "", channel.title));
  if (channel["x-delivery"]) heading.append(el("span", "docs-tag", channel["x-delivery"]));
  return el(
    "section",
    "docs-channel",
    heading,
    el("p", "", ...prose(channel.description)),
    ...Object.values(channel.messages).map((message) => messagePart(api, message)),
  );
}

function messagePart(api: AsyncApi, message: Message): HTMLElement {
  const head = el("summary", "", el("code", "", message.title));
  if (message["x-kept"]) head.append(el("span", "docs-tag", message["x-kept"]));
  head.append(el("span", "", ...prose(message.summary)));
  const example = el("pre", "", JSON.stringify(message.examples[0]?.payload, null, 2));
  example.tabIndex = 0;
  return el("details", "docs-message", head, example, fields(api, message.payload, 0));
}

function resolved(api: AsyncApi, schema: Schema): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : { ...api.components.schemas[name], ...schema };
}

/** The fields of an object, with those of objects in it below. */
function fields(api: AsyncApi, schema: Schema, depth: number): HTMLElement {
  const { properties = {}, required = [] } = resolved(api, schema);
  const list = el("ul", "docs-fields");
  for (const [name, property] of Object.entries(properties)) {
    const item = el("li", "", el("code", "", name), ` ${typeName(api, property)}`);
    if (!required.includes(name)) item.append(", optional");
    const { description } = resolved(api, property);
    if (description) item.append(": ", ...prose(description));
    const inner = innerObject(api, property);
    if (inner && depth < MAX_DEPTH) item.append(fields(api, inner, depth + 1));
    list.append(item);
  }
  return list;
}

const variants = (schema: Schema) => schema.anyOf ?? schema.oneOf ?? [];

/** The object that a property is, or has in a list. */
function innerObject(api: AsyncApi, property: Schema): Schema | undefined {
  const schema = resolved(api, property);
  if (schema.properties) return schema;
  if (schema.items) return innerObject(api, schema.items);
  return variants(schema).map((variant) => innerObject(api, variant)).find(Boolean);
}

function typeName(api: AsyncApi, property: Schema): string {
  const schema = resolved(api, property);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (variants(schema).length) return variants(schema).map((variant) => typeName(api, variant)).join(" | ");
  if (schema.items) return `${typeName(api, schema.items)}[]`;
  return [schema.type ?? "anything"].flat().join(" | ");
}
