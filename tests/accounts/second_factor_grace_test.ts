// Days of grace of roles that must have a second factor.
import assert from "node:assert/strict";
import { sql } from "../../db/sql.ts";
import { clock } from "../support/sign_in_codes.ts";
import { createTestApp } from "../support/test_app.ts";
import { testedKinds } from "../support/test_db.ts";

for (const db of testedKinds()) {
  Deno.test(`second factor (${db}): another role begins its own days of grace, not those of the others`, async () => {
    const time = clock();
    await using t = await createTestApp({ db, now: time.now });
    const owner = await t.owner(), ana = await t.person("member", "ana"), vera = await t.person("viewer", "vera");
    const put = async (roles: string[]) => {
      const token = (await t.login(owner)).body.access_token;
      const body = { settings: { second_factor: { roles, grace_days: 3 } } };
      const saved = await t.call("PUT", "/organization", { token, body });
      assert.equal(saved.status, 200, saved.text);
      return saved.body.settings.second_factor.since;
    };
    const first = time.now().toISOString();
    await put(["member"]);
    const dues = async () => {
      const answers = [await t.login(ana), await t.login(vera)];
      return answers.map(({ body: { user } }) => user.second_factor_required || user.second_factor_due);
    };
    const [due] = await dues();
    time.forward(86_400_000);
    const second = time.now().toISOString(), later = new Date(time.now().getTime() + 3 * 86_400_000).toISOString();
    assert.deepEqual(await put(["member", "viewer"]), { member: first, viewer: second });
    assert.deepEqual(await dues(), [due, later]);
    // One time for all, as it was stored before.
    await t.app.db.run(
      sql`update organizations set settings = jsonb_set(settings, '{second_factor,since}',
      to_jsonb(${first}::text))`,
    );
    assert.deepEqual(await dues(), [due, due]);
    assert.deepEqual(await put(["member", "viewer", "guest"]), { member: first, viewer: first, guest: second });
    time.forward(2 * 86_400_000);
    assert.deepEqual(await dues(), [true, true]);
    assert.deepEqual(await put(["member", "viewer"]), { member: first, viewer: first });
    assert.deepEqual(await dues(), [true, true]);
  });
}
