/** Exit codes as results carry them. */

/** What stands for an exit code when the program did not end by itself. */
export const NO_EXIT_CODE = -1

/** The content of a result's file `exitCode`: decimal, without a line's end. */
export function exitCodeText(exitCode: number): string {
  return exitCode.toString(10)
}
