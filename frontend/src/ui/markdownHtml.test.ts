import { expect, test } from "vitest";
import { markdownHtml } from "./markdownHtml";

test.each([
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt&#58;alert(1))",
  "![x](https://elsewhere.example/pixel.png)",
  "<svg onload=alert(1)>",
  '<a href="https://ok.example" onclick="alert(1)" style="position:fixed">x</a>',
  "<form action=https://elsewhere.example><input name=a></form>",
  "<iframe src=https://elsewhere.example></iframe>",
])("%s does nothing", (text) => {
  const box = document.createElement("div");
  box.innerHTML = markdownHtml(text);
  expect(box.querySelector("script, img, svg, form, input, iframe, [onclick], [onerror], [style]")).toBeNull();
  for (const link of box.querySelectorAll("a")) expect(link.href).toMatch(/^https?:|^mailto:/);
});

test("a link says where it leads, and keeps its page from ours", () => {
  const box = document.createElement("div");
  box.innerHTML = markdownHtml("**Pay** [here](https://bank.example/x?a=1&b=2)");
  expect(box.textContent?.trim()).toBe("Pay here (bank.example)");
  const link = box.querySelector("a");
  expect(link?.getAttribute("href")).toBe("https://bank.example/x?a=1&b=2");
  expect(link?.rel).toBe("noopener noreferrer");
});
