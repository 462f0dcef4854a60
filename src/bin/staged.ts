import { addStagedCommand } from "../cli/commands/staged.ts";
import { start } from "../cli/start.ts";

start([addStagedCommand]);
