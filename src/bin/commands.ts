import { addAwsCommands } from "../cli/commands/aws/index.ts";
import { addBaselineCommands } from "../cli/commands/baseline.ts";
import { addCacheCommands } from "../cli/commands/cache.ts";
import { addDoctorCommand } from "../cli/commands/doctor.ts";
import { addExplainCommand } from "../cli/commands/explain.ts";
import { addHookCommands } from "../cli/commands/hooks.ts";
import { addMigrateCommand } from "../cli/commands/migrate.ts";
import { addPushCommands } from "../cli/commands/pushes.ts";
import { addRangeCommand } from "../cli/commands/range.ts";
import { addRespondCommand } from "../cli/commands/respond.ts";
import { addRuleCommands } from "../cli/commands/rules.ts";
import { addScanCommands } from "../cli/commands/scans.ts";
import { addStagedCommand } from "../cli/commands/staged.ts";
import { addTriageCommand } from "../cli/commands/triage.ts";
import { start } from "../cli/start.ts";

start([
  addStagedCommand,
  addScanCommands,
  addRangeCommand,
  addPushCommands,
  addBaselineCommands,
  addMigrateCommand,
  addAwsCommands,
  addRespondCommand,
  addTriageCommand,
  addExplainCommand,
  addRuleCommands,
  addHookCommands,
  addDoctorCommand,
  addCacheCommands,
]);
