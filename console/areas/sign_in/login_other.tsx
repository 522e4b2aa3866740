// What stands below the sign-in form: providers and codes, as far as the server offers them.
import { useEffect } from "preact/hooks";
import { Button, LinkButton } from "../../components/basic.tsx";
import { useForm } from "../../components/form.ts";
import { Failure } from "../../components/states.tsx";
import { ApiError } from "../../lib/api.ts";
import { beginInvited } from "../../lib/coming_in.ts";
import { t } from "../../lib/i18n.ts";
import { passkeysPossible } from "../../lib/passkeys.ts";
import { navigate, route, safeNext } from "../../lib/router.ts";
import { codeKind, loadSignInWays, signInWays } from "../../lib/sign_in_ways.ts";

/** Where signing in leads, as the address says it. */
const next = () => safeNext(route.value.query.get("next"));

export function OtherWays() {
  const ways = signInWays.value;
  useEffect(() => void loadSignInWays(), []);
  const codes = codeKind(ways);
  if (!ways || (!codes && ways.items.length === 0)) return null;
  const withNext = (path: string) => (next() === "/" ? path : `${path}&next=${encodeURIComponent(next())}`);
  return (
    <div class="other-ways">
      {passkeysPossible() ? null : <span class="or-line muted small">{t("login.or")}</span>}
      {ways.items.map(({ id, label }) => (
        <LinkButton
          key={id}
          href={`/api/v1/auth/oauth/${id}/start?return_to=${encodeURIComponent(next())}`}
          icon="log-in"
        >
          {t("ways.provider", { name: label })}
        </LinkButton>
      ))}
      {codes
        ? (
          <Button icon={codes === "email" ? "mail" : "phone"} onClick={() => navigate(withNext("/login?way=code"))}>
            {t("ways.code")}
          </Button>
        )
        : null}
    </div>
  );
}

/** An invitation may be taken up through a provider: role and channels come with it. */
export function InvitedWays({ invite }: { invite: string }) {
  const ways = signInWays.value;
  const form = useForm([]);
  useEffect(() => void loadSignInWays(), []);
  if (!ways?.items.length) return null;
  const begin = (provider: string) => form.submit(async () => location.assign(await beginInvited(provider, invite)));
  return (
    <div class="other-ways">
      <span class="or-line muted small">{t("login.or")}</span>
      {form.error ? <Failure error={form.error} /> : null}
      {ways.items.map(({ id, label }) => (
        <Button key={id} icon="log-in" busy={form.busy} onClick={() => begin(id)}>
          {t("ways.provider", { name: label })}
        </Button>
      ))}
    </div>
  );
}

/** Back from a provider, and it did not work: the address says why. */
export function ProviderFailure() {
  const { query } = route.value;
  const failed = query.get("failed");
  if (!failed || !/^[a-z_]{1,40}$/.test(failed)) return null;
  const provider = query.get("provider");
  const name = signInWays.value?.items.find(({ id }) => id === provider)?.label;
  return (
    <>
      {name ? <p class="muted">{t("ways.failed", { name })}</p> : null}
      <Failure error={new ApiError(failed, 400, "")} />
    </>
  );
}
