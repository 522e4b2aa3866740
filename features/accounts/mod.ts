// Accounts: people, organisations, sessions, tokens and the checks of credentials.
// `createFirstOwner` and `setupLink` serve the first start.
import { presenceFrame } from "../../protocol/accounts/accounts.ts";
import { authorize, refuseGuest, requireUser } from "../../kernel/actor.ts";
import { channels } from "../../protocol/wire/channels.ts";
import { defineFeature, frame } from "../define.ts";
import { clearEndedBans } from "./bans.ts";
import { codeJob, endedCodesJob } from "./code_job.ts";
import { onControl } from "./control.ts";
import { deleteOldInvites } from "./invite_store.ts";
import { deleteOldLinks } from "./link_store.ts";
import { accountMailJob } from "./mail_job.ts";
import { closeAccounts, startAccounts } from "./runtime.ts";
import { deleteEnded } from "./session_store.ts";
import { forgetDevices } from "./sign_in_devices.ts";
import { deleteUnconfirmed } from "./sign_ups.ts";
import { endStatusesJob, setStatus } from "./status.ts";
import { tokenHandshake } from "./token_handshake.ts";

export type { TokenPair } from "./admit.ts";
export { createApiToken, createTicket, deleteApiToken, listApiTokens, listScopes } from "./api_tokens.ts";
export { authenticate, type AuthenticateOptions, csrfToken, recallActor, refreshActor } from "./authenticate.ts";
export { changeAvatar, requireAvatarRight } from "./avatar.ts";
export { setBan } from "./bans.ts";
export { codeWays, requestCode, verifyCode } from "./codes.ts";
export { addContact, listContacts, removeContact } from "./contacts.ts";
export { deleteOwnAccount } from "./delete_account.ts";
export { DEVICE_SECONDS, deviceMark } from "./devices.ts";
export { createInvite, deleteInvite, listInvites, showInvite } from "./invites.ts";
export { confirmEmail, confirmReset, createResetLink, requestReset, showLink } from "./links.ts";
export { heldWhileOff } from "./held_mail.ts";
export { maintenanceError } from "./maintenance.ts";
export { beginIdempotent } from "./idempotency.ts";
export { createOrganization, listOrganizations, setOrganization } from "./organizations.ts";
export { getOrganization, updateOrganization } from "./organization.ts";
export { askForPhone, attachPhone, removePhone } from "./phone.ts";
export { changePassword, ownProfile, updateProfile } from "./profile.ts";
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
export { refresh } from "./refresh.ts";
export { deleteIdentity, listIdentities, signInWays } from "./identities.ts";
export { beginInvited, beginLink, beginProviderSignIn, finishProviderSignIn } from "./providers.ts";
export { emitControl } from "./revocation.ts";
export { register } from "./register.ts";
export { lockApiToken } from "./session_store.ts";
export { changeRoles, getRoleChanges, rolesHolding } from "./role_changes.ts";
export { rightsOfRole } from "./rights.ts";
export { listRoles } from "./roles.ts";
export { transferOwnership } from "./transfer_ownership.ts";
export { confirmSession } from "./fresh_proof.ts";
export {
  disableSecondFactor,
  enableSecondFactor,
  getSecondFactor,
  renewRecoveryCodes,
  setUpSecondFactor,
} from "./second_factor.ts";
export {
  deletePasskey,
  listPasskeys,
  passkeyRegistrationOptions,
  registerPasskey,
  renamePasskey,
  type Site,
} from "./passkeys.ts";
export { confirmWithPasskey, loginWithPasskey, passkeyLoginOptions } from "./passkey_sign_in.ts";
export { finishSignIn } from "./pending_sign_in.ts";
export { resetSecondFactor } from "./second_factor_reset.ts";
export { deleteSession, endOtherSessions, listSessions, logout, logoutAll } from "./sessions.ts";
export { peopleWho, personActor } from "./person_actor.ts";
export { completeSetup, createFirstOwner, makeFirstOwner, setupLink, setupNeeded } from "./setup.ts";
export { login } from "./sign_in.ts";
export {
  createServiceAccount,
  createServiceToken,
  deleteServiceAccount,
  deleteServiceToken,
  listServiceAccounts,
  listServiceTokens,
  updateServiceAccount,
} from "./service_accounts.ts";
export { approveSignUp, listSignUps, refuseSignUp } from "./sign_ups.ts";
export { accountOptions } from "./options.ts";
export { setStatus } from "./status.ts";
export { createUserGroup, deleteUserGroup, getUserGroup, listUserGroups, updateUserGroup } from "./user_groups.ts";
export { createUser, deleteUser, getUser, listOnlineUsers, listUsers, updateUser } from "./users.ts";

export const accountsFeature = defineFeature({
  name: "accounts",
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
