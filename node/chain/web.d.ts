/**
 * What the chain adapter takes from the web platform beside what the market takes: one call, of its answer
 * the parts that are read, and base64. The same in Node.js and in every browser.
 */
/// <reference path="../market/web.d.ts" />
declare function fetch(
  url: string,
  init: {
    readonly method: 'GET' | 'POST'
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
    readonly signal: AbortSignal
  }
): Promise<{ readonly ok: boolean; readonly status: number; text(): Promise<string> }>
declare function btoa(text: string): string
