// Pictures of cards: which addresses they name, and the same cards with the copies that this server has of them. Pure.
import { isDeepStrictEqual } from "node:util";
import type { Card } from "../../../protocol/chat/cards.ts";

/** Pictures of one message that are copied; further ones stay links. */
const MAX_PICTURES = 20;

const addressesOf = (card: Card): string[] =>
  [card.image_url, card.thumb_url, card.author?.icon_url].filter((url) => url !== undefined);

export function pictureAddresses(cards: readonly Card[] | undefined): string[] {
  return [...new Set((cards ?? []).flatMap(addressesOf))].slice(0, MAX_PICTURES);
}

/** @param copies address → id of the copy; null: there is none */
export function withPictures(cards: readonly Card[], copies: ReadonlyMap<string, string | null>): Card[] {
  return cards.map(({ image_id: _, thumb_id: __, author_icon_id: ___, ...card }) => {
    const ids = {
      image_id: copies.get(card.image_url ?? ""),
      thumb_id: copies.get(card.thumb_url ?? ""),
      author_icon_id: copies.get(card.author?.icon_url ?? ""),
    };
    return { ...card, ...Object.fromEntries(Object.entries(ids).filter(([, id]) => id)) };
  });
}

/** The same cards to whoever wrote them: copies of pictures and the order of keys, which the database chooses, do not count. */
export function sameCards(a: readonly Card[], b: readonly Card[]): boolean {
  return isDeepStrictEqual(withPictures(a, new Map()), withPictures(b, new Map()));
}

/** The copies that the cards show. */
export function pictureIds(cards: readonly Card[] | undefined): string[] {
  return (cards ?? []).flatMap((card) => [card.image_id, card.thumb_id, card.author_icon_id])
    .filter((id) => id !== undefined);
}
