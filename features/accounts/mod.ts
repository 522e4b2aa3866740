// Accounts: people, organisations, sessions, tokens and the checks of credentials.
// `createFirstOwner` and `setupLink` serve the first start.
import { presenceFrame } from "../../protocol/accounts/accounts.ts";
import { authorize, refuseGuest, requireUser } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature, frame } from "../define.ts";
import { clearEndedBans } from "./people/bans.ts";
import { codeJob, endedCodesJob } from "./codes/job.ts";
import { onControl } from "./control.ts";
import { deleteOldInvites } from "./invites/store.ts";
import { deleteOldLinks } from "./links/store.ts";
import { accountMailJob } from "./mail/job.ts";
import { closeAccounts, startAccounts } from "./runtime.ts";
import { deleteEnded } from "./sessions/store.ts";
import { forgetDevices } from "./sign_in/known_devices.ts";
import { deleteUnconfirmed } from "./registration/sign_ups.ts";
import { endStatusesJob, setStatus } from "./people/status.ts";
import { tokenHandshake } from "./credentials/handshake.ts";

export type { TokenPair } from "./sign_in/admit.ts";
export { createApiToken, createTicket, deleteApiToken, listApiTokens, listScopes } from "./credentials/api_tokens.ts";
export {
  authenticate,
  type AuthenticateOptions,
  csrfToken,
  recallActor,
  refreshActor,
} from "./credentials/authenticate.ts";
export { changeAvatar, requireAvatarRight } from "./people/avatar.ts";
export { setBan } from "./people/bans.ts";
export { codeWays, requestCode, verifyCode } from "./codes/codes.ts";
export { addContact, listContacts, removeContact } from "./people/contacts.ts";
export { deleteOwnAccount } from "./people/delete_account.ts";
export { DEVICE_SECONDS, deviceMark } from "./sign_in/devices.ts";
export { createInvite, deleteInvite, listInvites, showInvite } from "./invites/invites.ts";
export { confirmEmail, confirmReset, createResetLink, requestReset, showLink } from "./links/links.ts";
export { heldWhileOff } from "./mail/held.ts";
export { maintenanceError } from "./organization/maintenance.ts";
export { beginIdempotent } from "./idempotency.ts";
export { createOrganization, listOrganizations, setOrganization } from "./organization/organizations.ts";
export { getOrganization, updateOrganization } from "./organization/organization.ts";
export { askForPhone, attachPhone, removePhone } from "./codes/phone.ts";
export { changePassword, ownProfile, updateProfile } from "./people/profile.ts";
export { requireProvisioner } from "./scim/access.ts";
export { ScimError } from "./scim/errors.ts";
export {
  createScimGroup,
  deleteScimGroup,
  getScimGroup,
  listScimGroups,
  patchScimGroup,
  replaceScimGroup,
} from "./scim/groups.ts";
export {
  createScimUser,
  deleteScimUser,
  getScimUser,
  listScimUsers,
  patchScimUser,
  replaceScimUser,
} from "./scim/users.ts";
export { refresh } from "./sessions/refresh.ts";
export { deleteIdentity, listIdentities, signInWays } from "./providers/identities.ts";
export { beginInvited, beginLink, beginProviderSignIn, finishProviderSignIn } from "./providers/providers.ts";
export { emitControl } from "./sessions/revocation.ts";
export { register } from "./registration/register.ts";
export { lockApiToken } from "./sessions/store.ts";
export { changeRoles, getRoleChanges, rolesHolding } from "./roles/changes.ts";
export { rightsOfRole } from "./roles/rights.ts";
export { listRoles } from "./roles/roles.ts";
export { transferOwnership } from "./roles/transfer_ownership.ts";
export { confirmSession } from "./sessions/fresh_proof.ts";
export {
  disableSecondFactor,
  enableSecondFactor,
  getSecondFactor,
  renewRecoveryCodes,
  setUpSecondFactor,
} from "./second_factor/second_factor.ts";
export {
  deletePasskey,
  listPasskeys,
  passkeyRegistrationOptions,
  registerPasskey,
  renamePasskey,
  type Site,
} from "./passkeys/passkeys.ts";
export { confirmWithPasskey, loginWithPasskey, passkeyLoginOptions } from "./passkeys/sign_in.ts";
export { finishSignIn } from "./sign_in/pending.ts";
export { resetSecondFactor } from "./second_factor/reset.ts";
export { deleteSession, endOtherSessions, listSessions, logout, logoutAll } from "./sessions/sessions.ts";
export { peopleWho, personActor } from "./credentials/person_actor.ts";
export { completeSetup, createFirstOwner, makeFirstOwner, setupLink, setupNeeded } from "./registration/setup.ts";
export { login } from "./sign_in/password.ts";
export {
  createServiceAccount,
  createServiceToken,
  deleteServiceAccount,
  deleteServiceToken,
  listServiceAccounts,
  listServiceTokens,
  updateServiceAccount,
} from "./people/service_accounts.ts";
export { approveSignUp, listSignUps, refuseSignUp } from "./registration/sign_ups.ts";
export { accountOptions } from "./sign_in/options.ts";
export { setStatus } from "./people/status.ts";
export { createUserGroup, deleteUserGroup, getUserGroup, listUserGroups, updateUserGroup } from "./people/groups.ts";
export { createUser, deleteUser, getUser, listOnlineUsers, listUsers, updateUser } from "./people/users.ts";

export const accountsFeature = defineFeature({
  name: "accounts",
  routes: () => import("../../routes/accounts/mod.ts").then((m) => m.routes),
  permissions: {
    "profile.manage": "viewer",
    "second_factor.manage": "viewer",
    "tokens.manage": "viewer",
    "users.read": "viewer",
    "users.manage": "admin",
    "users.invite": "admin",
    "organization.manage": "admin",
    "organization.close": "owner",
    "scim.provision": "admin",
  },
  channels: [{
    channel: channels.presence,
    authorize: (ctx) => {
      authorize(ctx.actor, "channels.subscribe");
      authorize(ctx.actor, "users.read");
      refuseGuest(ctx.actor);
    },
    presence: "organization",
  }],
  handshakes: { token: tokenHandshake },
  frames: {
    presence: frame({
      schema: presenceFrame,
      handle: (ctx, input) => setStatus(ctx, requireUser(ctx.actor), input),
    }),
  },
  start: startAccounts,
  close: closeAccounts,
  onControl,
  jobs: [
    endStatusesJob,
    codeJob,
    endedCodesJob,
    {
      name: "accounts.delete_ended",
      retryLimit: 2,
      cron: "17 * * * *",
      async handle(app) {
        const now = app.now();
        await deleteEnded(app.db, now);
        await deleteUnconfirmed(app.db, now);
        await deleteOldInvites(app.db, now);
        await deleteOldLinks(app.db, now);
        await forgetDevices(app.db, now);
      },
    },
    accountMailJob,
    {
      name: "accounts.clear_bans",
      retryLimit: 2,
      cron: "*/10 * * * *",
      handle: (app) => clearEndedBans(app.db, app.now()),
    },
  ],
});
