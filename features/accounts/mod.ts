// Accounts: people, organisations, sessions, tokens and the checks of credentials. Its folders say what they are about; beside
// them lie what the feature keeps in memory (runtime.ts) and does on control events (control.ts).
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

// Coming in: the first owner, invitations, registering.
export { register } from "./registration/register.ts";
export { completeSetup, createFirstOwner, makeFirstOwner, setupLink, setupNeeded } from "./registration/setup.ts";
export { approveSignUp, listSignUps, refuseSignUp } from "./registration/sign_ups.ts";
export { createInvite, deleteInvite, listInvites, showInvite } from "./invites/invites.ts";

// Signing in: password, code, passkey, provider, second factor.
export type { TokenPair } from "./sign_in/admit.ts";
export { DEVICE_SECONDS, deviceMark } from "./sign_in/devices.ts";
export { finishSignIn } from "./sign_in/pending.ts";
export { login } from "./sign_in/password.ts";
export { accountOptions } from "./sign_in/options.ts";
export { codeWays, requestCode, verifyCode } from "./codes/codes.ts";
export { askForPhone, attachPhone, removePhone } from "./codes/phone.ts";
export {
  deletePasskey,
  listPasskeys,
  passkeyRegistrationOptions,
  registerPasskey,
  renamePasskey,
  type Site,
} from "./passkeys/passkeys.ts";
export { confirmWithPasskey, loginWithPasskey, passkeyLoginOptions } from "./passkeys/sign_in.ts";
export { deleteIdentity, listIdentities, signInWays } from "./providers/identities.ts";
export { beginInvited, beginLink, beginProviderSignIn, finishProviderSignIn } from "./providers/providers.ts";
export {
  disableSecondFactor,
  enableSecondFactor,
  getSecondFactor,
  renewRecoveryCodes,
  setUpSecondFactor,
} from "./second_factor/second_factor.ts";
export { resetSecondFactor } from "./second_factor/reset.ts";
export { confirmEmail, confirmReset, createResetLink, requestReset, showLink } from "./links/links.ts";

// What a credential is good for, and how sessions go on and end.
export { createApiToken, createTicket, deleteApiToken, listApiTokens, listScopes } from "./credentials/api_tokens.ts";
export {
  authenticate,
  type AuthenticateOptions,
  csrfToken,
  recallActor,
  refreshActor,
} from "./credentials/authenticate.ts";
export { peopleWho, personActor } from "./credentials/person_actor.ts";
export { refresh } from "./sessions/refresh.ts";
export { emitControl } from "./sessions/revocation.ts";
export { lockApiToken } from "./sessions/store.ts";
export { confirmSession } from "./sessions/fresh_proof.ts";
export { deleteSession, endOtherSessions, listSessions, logout, logoutAll } from "./sessions/sessions.ts";

// People and what they are to each other.
export { changeAvatar, requireAvatarRight } from "./people/avatar.ts";
export { setBan } from "./people/bans.ts";
export { addContact, listContacts, removeContact } from "./people/contacts.ts";
export { deleteOwnAccount } from "./people/delete_account.ts";
export { changePassword, ownProfile, updateProfile } from "./people/profile.ts";
export {
  createServiceAccount,
  createServiceToken,
  deleteServiceAccount,
  deleteServiceToken,
  listServiceAccounts,
  listServiceTokens,
  updateServiceAccount,
} from "./people/service_accounts.ts";
export { setStatus } from "./people/status.ts";
export { createUserGroup, deleteUserGroup, getUserGroup, listUserGroups, updateUserGroup } from "./people/groups.ts";
export { createUser, deleteUser, getUser, listOnlineUsers, listUsers, updateUser } from "./people/users.ts";
export { changeRoles, getRoleChanges, rolesHolding } from "./roles/changes.ts";
export { rightsOfRole } from "./roles/rights.ts";
export { listRoles } from "./roles/roles.ts";
export { transferOwnership } from "./roles/transfer_ownership.ts";

// The organisation.
export { maintenanceError } from "./organization/maintenance.ts";
export { createOrganization, listOrganizations, setOrganization } from "./organization/organizations.ts";
export { getOrganization, updateOrganization } from "./organization/organization.ts";

// People and groups by SCIM.
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

// For other features and the edge.
export { heldWhileOff } from "./mail/held.ts";
export { beginIdempotent } from "./idempotency.ts";

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
