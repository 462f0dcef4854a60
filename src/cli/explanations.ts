import type { Explanation } from "../app/explain.ts";

/**
 *     app.env:3  reported  github-token (GitHub token)
 *         keyword 'ghp_', pattern of a structured rule, 40 characters: ghp_…
 *         reported with critical severity
 */
export function* renderExplanations(where: string, explanations: readonly Explanation[]): Iterable<string> {
  for (const { line, ruleId, title, reported, steps } of explanations) {
    yield `${where}:${line}  ${reported ? "reported" : "not reported"}  ${ruleId} (${title})\n`;
    for (const step of steps) yield `    ${step}\n`;
  }
}
