// The channel of the dice. Apart from the schemas, so that the console can import it.
import { ownChannel } from "../wire/channels.ts";
import type { dicePushes } from "./dice.ts";

export const diceChannel = ownChannel<typeof dicePushes, []>("dice", () => "dice", {
  about: "What was rolled last in the organisation. Permission `dice.roll` (role member).",
  delivery: "signal",
});
