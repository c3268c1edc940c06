import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type Copy, type From, type Instruction, type JSONInstruction } from 'dockerfile-ast';
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

function stepOf(instruction: Instruction): Step {
  const keyword = instruction.getKeyword();
  const isList = keyword === 'ENTRYPOINT' || keyword === 'CMD';
  const args = isList
    ? (instruction as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue())
    : instruction.getArguments().map((word) => word.getValue());
  return { keyword, args, from: keyword === 'COPY' ? ((instruction as Copy).getFromFlag()?.getValue() ?? null) : null };
}
