import { type ReactNode, useId } from "react";
import type { ProblemError } from "@/api";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";

interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** The verb: "Create key". */
  readonly submitLabel: string;
  readonly size?: "small" | "medium" | "large";
  readonly isBusy: boolean;
  readonly problem: ProblemError | null;
  /** Fields that show their own problems. */
  readonly fields?: readonly string[];
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A form in a dialog: Enter sends it, what the server refuses stands in it. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, submitLabel, size = "small", isBusy, problem, fields = [], onSubmit, onClose } = props;
  const id = useId();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      description={description}
      size={size}
      footer={
        <>
          <Button onClick={onClose}>{copy.cancel}</Button>
          <Button variant="primary" type="submit" form={id} isBusy={isBusy}>
            {submitLabel}
          </Button>
        </>
      }
    >
      <form
        id={id}
        autoComplete="off"
        className="flex flex-col gap-4 pb-2"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation(); // a dialog stands inside the page's tree, maybe in another form
          onSubmit();
        }}
      >
        {props.children}
        <FormProblem problem={problem} fields={fields} />
      </form>
    </Dialog>
  );
}
