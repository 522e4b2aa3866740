// What stands over the chat when it is asked for, all of it.
import { ChatDialogs } from "./dialogs.tsx";
import { MessageOverlays } from "./overlays.tsx";
import { PersonCard } from "./person_card.tsx";
import { ScheduleDialog } from "./schedule.tsx";

export function Over() {
  return (
    <>
      <ChatDialogs />
      <ScheduleDialog />
      <MessageOverlays />
      <PersonCard />
    </>
  );
}
