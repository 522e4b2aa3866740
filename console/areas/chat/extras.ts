// What the chat does not show at once, as one script: see on_demand.tsx.
export { EmojiPopup } from "./emoji_picker.tsx";
export { InfoPanel } from "./info_panel.tsx";
export { Over } from "./over.tsx";
export { PeoplePanel } from "./people_panel.tsx";
export { FilesPanel, PinsPanel } from "./pins_panel.tsx";
export { SearchSide } from "./search_side.tsx";
export { ThreadPanel } from "./thread_panel.tsx";
export { ThreadsView } from "./threads_view.tsx";
