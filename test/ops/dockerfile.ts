import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type Copy, type From, type Instruction, type JSONInstruction, type PropertyInstruction } from 'dockerfile-ast';
import { ROOT } from '../stack/project.ts';

export const DOCKERFILE = join(ROOT, 'docker', 'Dockerfile');

export interface Step {
  keyword: string;
  args: string[];
  /** The stage that a COPY takes from; null for the project's folder. */
  from: string | null;
}

export interface Stage {
  name: string | null;
  image: string;
  steps: Step[];
}

/** The stages of the image's Dockerfile in their order; the last is the image. */
export function shippedStages(): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of DockerfileParser.parse(readFileSync(DOCKERFILE, 'utf8')).getInstructions()) {
    const stage = stages.at(-1);
    if (instruction.getKeyword() !== 'FROM') stage?.steps.push(stepOf(instruction));
    else stages.push({ name: (instruction as From).getBuildStage(), image: (instruction as From).getImage() ?? '', steps: [] });
  }
  return stages;
}

/** What the image is left with by an instruction of which the last one counts. */
export function lastOf({ steps }: Stage, keyword: string): string[] {
  return steps.findLast((step) => step.keyword === keyword)?.args ?? [];
}

/** The variables that every container of the image starts with. */
export function environmentOf({ steps }: Stage): Record<string, string> {
  const pairs = steps.filter(({ keyword }) => keyword === 'ENV').flatMap(({ args }) => args);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

function stepOf(instruction: Instruction): Step {
  const keyword = instruction.getKeyword();
  return { keyword, args: argumentsOf(instruction, keyword), from: keyword === 'COPY' ? ((instruction as Copy).getFromFlag()?.getValue() ?? null) : null };
}

function argumentsOf(instruction: Instruction, keyword: string): string[] {
  if (keyword === 'ENTRYPOINT' || keyword === 'CMD') return (instruction as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue());
  // A value may be quoted, and have spaces.
  if (keyword === 'ENV') return (instruction as PropertyInstruction).getProperties().map((pair) => `${pair.getName()}=${pair.getValue() ?? ''}`);
  return instruction.getArguments().map((word) => word.getValue());
}
