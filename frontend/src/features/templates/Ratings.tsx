import { Star } from "lucide-react";
import { useId, useState } from "react";
import { FormProblem, Loaded, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { cx } from "@/ui/cx";
import { Field } from "@/ui/Field";
import { Textarea } from "@/ui/Textarea";
import { Time } from "@/ui/Time";
import { copy } from "./copy";
import { rate, type TemplateDetail, useReviews } from "./queries";
import { Stars } from "./TemplateCard";

/** What people think of a template, and one's own say. */
export function Ratings({ template }: { readonly template: TemplateDetail }) {
  const { id, my_rating: mine, is_mine: isMine } = template;
  const reviews = useReviews(id);
  return (
    <Card title={copy.reviews}>
      <div className="flex flex-col gap-4">
        {isMine ? null : <RatingForm key={mine} id={id} mine={mine ?? 0} />}
        <Loaded query={reviews}>
          {(rows) =>
            rows.length === 0 ? (
              <p className="text-muted">{copy.noReviews}</p>
            ) : (
              <ul className="flex flex-col gap-3">
                {rows.map((row) => (
                  <li key={`${row.author.id} ${row.created_at}`} className="min-w-0">
                    <p className="flex flex-wrap items-center gap-2">
                      <span className="font-medium">{row.author.name}</span>
                      <Stars rating={row.stars} count={1} />
                      <span className="text-meta text-muted">
                        <Time at={row.updated_at} />
                      </span>
                    </p>
                    {row.review ? <p className="whitespace-pre-wrap break-words">{row.review}</p> : null}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
    </Card>
  );
}

function RatingForm({ id, mine }: { readonly id: string; readonly mine: number }) {
  const [stars, setStars] = useState(mine);
  const [review, setReview] = useState("");
  const name = useId();
  const save = useAction(rate, { refresh: ["templates"], isShown: true });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        save.run({ id, stars, review });
      }}
    >
      <fieldset className="flex items-center gap-1">
        <legend className="font-medium">{copy.yourRating}</legend>
        {[1, 2, 3, 4, 5].map((count) => (
          <label key={count} className="cursor-pointer rounded-control p-1 has-focus-visible:outline-2">
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={stars === count}
              onChange={() => setStars(count)}
            />
            <Star aria-hidden="true" size={20} className={cx("text-warn", count <= stars && "fill-warn")} />
            <span className="sr-only">{copy.star(count)}</span>
          </label>
        ))}
      </fieldset>
      {stars > 0 ? (
        <>
          <Field label={copy.review}>
            <Textarea maxLength={5000} value={review} onChange={(event) => setReview(event.target.value)} />
          </Field>
          <FormProblem problem={save.problem} />
          <Button type="submit" className="self-start" isBusy={save.isBusy}>
            {copy.rate}
          </Button>
        </>
      ) : null}
    </form>
  );
}
