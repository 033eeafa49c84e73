import { Button } from "@/ui/Button";
import { copy } from "./copy";

export function ReloadButton() {
  return (
    <Button variant="primary" onClick={() => location.reload()}>
      {copy.reload}
    </Button>
  );
}
