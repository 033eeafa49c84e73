import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { jsonText } from "@/domain/exactJson";
import { isExpression } from "@/domain/expression";
import { askPreview } from "./previewBatch";
import { useExpressionScope } from "./scope";

const AFTER_KEY_MS = 150;

function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), AFTER_KEY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}

/**
 * What a text comes to on the chosen item; the server evaluates it when writing rests. `isCurrent`: the answer is about
 * the text as it stands.
 */
export function usePreview(text: string) {
  const { preview: context } = useExpressionScope();
  const rested = useRested(text);
  const answer = useQuery({
    queryKey: ["expression-preview", context, rested],
    queryKeyHashFn: jsonText, // items may hold long whole numbers
    queryFn: () => {
      if (context === null) throw new Error("There is nothing to evaluate against");
      return askPreview(context, rested);
    },
    enabled: context !== null && isExpression(rested),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
  return { ...answer, isCurrent: rested === text && !answer.isPlaceholderData };
}
