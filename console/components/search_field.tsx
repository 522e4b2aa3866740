// A field to search or filter with: a glass and the words, in any width.
import type { HTMLAttributes, Ref } from "preact";
import { Icon } from "./icon.tsx";

type Props = Omit<HTMLAttributes<HTMLInputElement>, "role" | "children"> & {
  /** Its name for screen readers, and what stands in it while it is empty. */
  label: string;
  value: string;
  field?: Ref<HTMLInputElement>;
  /** Where `/` leads on this page. */
  "data-search"?: boolean;
};

export function SearchField({ label, field, ...rest }: Props) {
  return (
    <label class="search">
      <Icon name="search" size={18} />
      <input class="input" type="search" placeholder={label} aria-label={label} ref={field} {...rest} />
    </label>
  );
}
