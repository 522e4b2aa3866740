// The areas of the console, in the order of the rail: the one list.
import type { Area } from "./app/area.ts";
import { account } from "./areas/account/area.ts";
import { administration } from "./areas/administration/area.ts";
import { chat } from "./areas/chat/area.ts";
import { notifications } from "./areas/notifications/area.ts";
import { signIn } from "./areas/sign_in/area.ts";

export const AREAS: readonly Area[] = [chat, notifications, administration, account, signIn];
