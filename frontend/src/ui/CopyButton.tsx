import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./Button";
import { copyText } from "./copyText";
import { IconButton } from "./IconButton";
import { toast } from "./toast";

interface CopyButtonProps {
  /** A function is asked on the click: a large value is not written out before. */
  readonly text: string | (() => string);
  readonly label?: string;
  /** Shows the label beside the icon. */
  readonly hasText?: boolean;
}

/** Copies a text; it says so only when the browser took it. */
export function CopyButton({ text, label = "Copy", hasText = false }: CopyButtonProps) {
  const [isDone, setIsDone] = useState(false);
  const icon = isDone ? (
    <Check size={16} strokeWidth={1.75} className="text-ok" />
  ) : (
    <Copy size={16} strokeWidth={1.75} />
  );
  const copy = async () => {
    if (!(await copyText(typeof text === "string" ? text : text()))) {
      toast({ kind: "error", text: "The browser did not allow copying." });
      return;
    }
    setIsDone(true);
    setTimeout(() => setIsDone(false), 1500);
  };
  if (!hasText) return <IconButton label={isDone ? "Copied" : label} icon={icon} size="small" onClick={copy} />;
  return (
    <Button variant="ghost" size="small" icon={icon} onClick={copy}>
      {isDone ? "Copied" : label}
    </Button>
  );
}
