import type { Command } from "commander";
import type { Io } from "../../io.ts";
import type { Finish } from "../../main.ts";
import { addAuditCommand } from "./audit.ts";
import { addCredentialsCommand } from "./credentials.ts";
import { addKeyCommands } from "./keys.ts";
import { addRotateCommand } from "./rotate.ts";
import { addStoreCommands } from "./store.ts";
import { addTrailCommand } from "./trail.ts";

/** `aws …`. */
export function addAwsCommands(program: Command, io: Io, finish: Finish): void {
  const aws = program
    .command("aws")
    .description(
      "AWS keys: what a found one is, whether it works, how to stop, rotate, store and audit them",
    );
  addKeyCommands(aws, io, finish);
  addRotateCommand(aws, io, finish);
  addStoreCommands(aws, io, finish);
  addTrailCommand(aws, io, finish);
  addAuditCommand(aws, io, finish);
  addCredentialsCommand(aws, io, finish);
}
