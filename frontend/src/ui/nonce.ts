import { setNonce } from "get-nonce";

/** The nonce that the page's Content-Security-Policy allows for style elements; absent on the development server. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce || undefined;
if (nonce) setNonce(nonce);
