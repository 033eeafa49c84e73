import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { asProblem } from "@/api";
import { Skeleton } from "@/ui/Skeleton";
import { loadFile } from "./queries";

interface FilePreviewProps {
  readonly id: string;
  readonly name: string;
  readonly isImage: boolean;
}

const MOST_TEXT = 20_000;

/** What is in a file: an image, or the beginning of a text. */
export function FilePreview({ id, name, isImage }: FilePreviewProps) {
  const { data, error } = useQuery({
    queryKey: ["files", id, isImage ? "blob" : "text"],
    queryFn: async () => {
      const blob = await loadFile(id);
      return { blob, text: isImage ? "" : await blob.slice(0, MOST_TEXT).text() };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const url = useMemo(() => (data && isImage ? URL.createObjectURL(data.blob) : null), [data, isImage]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  if (error) return <p className="text-err">{asProblem(error).title}</p>;
  if (data === undefined) return <Skeleton className="h-24" />;
  if (url) return <img src={url} alt={name} className="max-h-80 max-w-full rounded-control border" />;
  return (
    <pre className="max-h-60 overflow-auto whitespace-pre-wrap break-words rounded-control border p-2">{data.text}</pre>
  );
}
