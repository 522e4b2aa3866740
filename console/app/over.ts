// What stands over any page, as one script: loaded once the first page is drawn, or when it is asked for before.
export { Switcher } from "../areas/chat/switcher.tsx";
export { StatusDialog } from "../components/status_dialog.tsx";
export { KeyHelp } from "./key_help.tsx";
