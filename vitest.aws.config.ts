import { defineConfig } from "vitest/config";

/** `npm run test:aws`, which has started the service and says where it is. */
export default defineConfig({
  test: {
    include: ["test/aws/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // One service holds the accounts of all tests.
    fileParallelism: false,
    env: { NO_COLOR: "1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
