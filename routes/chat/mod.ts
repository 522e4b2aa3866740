// The endpoints of chat, and of media and moderation beside it.
import { avatarRoutes } from "../accounts/avatars.ts";
import type { FeatureRoutes } from "../feature_routes.ts";
import { chatChannelRoutes } from "./channels.ts";
import { chatCommandRoutes, commandResponseRoutes } from "./commands.ts";
import { chatExtrasRoutes } from "./extras.ts";
import { mediaRoutes } from "./media.ts";
import { chatMemberRoutes } from "./members.ts";
import { chatMessageRoutes } from "./messages.ts";
import { moderationRoutes } from "./moderation.ts";
import { searchRoutes } from "./search.ts";

export const chat: FeatureRoutes = {
  api: [
    searchRoutes,
    chatExtrasRoutes,
    chatCommandRoutes,
    chatChannelRoutes,
    chatMemberRoutes,
    chatMessageRoutes,
  ],
  both: [commandResponseRoutes],
};

export const media: FeatureRoutes = {
  api: [mediaRoutes, avatarRoutes],
  files: [
    "POST /media/upload",
    "PUT /media/upload",
    "PUT /media/uploads/{id}",
    "PUT /users/{id}/avatar",
  ],
};

export const moderation: FeatureRoutes = { api: [moderationRoutes] };
