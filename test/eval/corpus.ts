import type { LoadedRuleFile } from "../../src/rules/load.ts";
import { expandTemplate, SURROUNDINGS, seededRandom } from "../../src/rules/samples.ts";
import { HARD_NEGATIVES } from "./negatives.ts";

export const TIERS = ["structured", "contextual", "generic", "filename"] as const;
export type Tier = (typeof TIERS)[number];

/** A labelled content: `secret` stands in `text` ("": what was found need not be compared), or there is none. */
export interface Case {
  readonly tier: Tier;
  readonly path: string;
  readonly text: string;
  readonly secret: string | null;
}

const SEED = 7_120_041;

/** Names that promise a secret, as programs and people write them. */
const SECRET_NAMES = [
  "api_key",
  "apiKey",
  "API_KEY",
  "api-key",
  "secret",
  "SECRET_KEY",
  "secretKey",
  "client_secret",
  "clientSecret",
  "access_token",
  "accessToken",
  "ACCESS_TOKEN",
  "auth_token",
  "authToken",
  "token",
  "TOKEN",
  "private_key_value",
  "encryption_key",
  "ENCRYPTION_KEY",
  "signing_key",
  "signingKey",
  "jwt_secret",
  "JWT_SECRET",
  "session_secret",
  "webhook_secret",
  "app_secret",
  "appSecret",
  "consumer_secret",
  "service_key",
  "master_key",
  "bot_token",
  "refresh_token",
  "deploy_token",
  "x-api-key",
  "apikey",
  "cookie_secret",
  "hmac_key",
  "license_key",
  "auth_key",
  "spring.security.oauth2.secret",
  "acme.service.token",
  "STORAGE_ACCOUNT_KEY",
] as const;
const PASSWORD_NAMES = [
  "password",
  "PASSWORD",
  "db_password",
  "DB_PASSWORD",
  "dbPassword",
  "passwd",
  "smtp_password",
  "adminPassword",
  "ADMIN_PWD",
  "pwd",
  "passphrase",
  "keystore.password",
  "spring.datasource.password",
  "user_pass",
  "DB_PASS",
  "rootPassword",
  "ftp_pass",
  "mysql_pwd",
] as const;
const SECRET_VALUES = [
  "{base62:20}",
  "{base62:24}",
  "{base62:32}",
  "{base62:40}",
  "{base62:64}",
  "{hex:24}",
  "{hex:32}",
  "{hex:40}",
  "{hex:64}",
  "{lower36:25}",
  "{lower36:32}",
  "{base64:43}=",
  "{base64:86}==",
  "{base64url:43}",
  "{uuid}",
  "ac_{base62:32}",
  "{base62:8}-{base62:24}",
  "{base62:12}.{base62:28}",
  "{base62:16}",
] as const;
const PASSWORD_VALUES = [
  "{password}",
  "{base62:12}",
  "{base62:16}",
  "{base62:10}!",
  "Wint{lower36:3}er#{digits:4}",
  "{lower36:14}",
  "{base62:6}@{base62:6}",
  "{base62:5}${base62:5}",
  "{alpha:9}{digits:3}",
  "Tr0ub{lower36:2}dor&{digits:2}",
] as const;

/** How an assignment is written: `@N` the name, `@V` the value, and the path of such a file. */
const FORMS: readonly (readonly [path: string, text: string])[] = [
  ["deploy/.env.production", "PORT=8080\n@N=@V\nDEBUG=0\n"],
  ["deploy/run.sh", '#!/bin/sh\nexport @N="@V"\nexec app\n'],
  ["deploy/run.sh", "export @N='@V'\n"],
  ["config/app.yaml", "service:\n  port: 80\n  @N: @V\n  tls: true\n"],
  ["config/app.yml", 'service:\n  @N: "@V"\n'],
  ["config/app.json", '{\n  "port": 80,\n  "@N": "@V",\n  "tls": true\n}\n'],
  ["config/min.json", '{"port":80,"@N":"@V","tls":true}'],
  ["config/app.toml", '[service]\nport = 80\n@N = "@V"\n'],
  ["config/app.ini", "[service]\n@N = @V\nport = 80\n"],
  ["config/app.properties", "service.port=80\n@N=@V\n"],
  ["config/app.properties", "@N : @V\n"],
  ["config/app.xml", "<config>\n  <port>80</port>\n  <@N>@V</@N>\n</config>\n"],
  ["config/web.config", '<appSettings>\n  <add key="@N" value="@V" />\n</appSettings>\n'],
  ["config/beans.xml", '<bean id="s">\n  <property name="@N" value="@V"/>\n</bean>\n'],
  ["infra/main.tf", 'resource "x" "y" {\n  name = "y"\n  @N   = "@V"\n}\n'],
  ["infra/variables.tf", 'variable "@N" {\n  type    = string\n  default = "@V"\n}\n'],
  ["Dockerfile", "FROM node:20\nENV @N=@V\nRUN make\n"],
  ["Dockerfile", "FROM node:20\nENV @N @V\nRUN make\n"],
  ["Dockerfile", "FROM node:20\nARG @N=@V\n"],
  ["compose.yaml", "services:\n  web:\n    environment:\n      - @N=@V\n      - PORT=80\n"],
  ["k8s/deploy.yaml", 'env:\n  - name: @N\n    value: "@V"\n  - name: PORT\n    value: "80"\n'],
  ["ci/.gitlab-ci.yml", "variables:\n  @N: '@V'\n"],
  ["src/app.js", "const port = 80;\nconst @N = '@V';\n"],
  ["src/app.ts", "export const config = {\n  port: 80,\n  @N: '@V',\n};\n"],
  ["src/app.ts", "const options: Options = { retry: 3, '@N': `@V` };\n"],
  ["src/app.ts", "private readonly @N: string = '@V';\n"],
  ["src/app.py", 'port = 80\n@N = "@V"\n'],
  ["src/app.py", 'client = Client(port=80, @N="@V")\n'],
  ["src/app.py", 'os.environ["@N"] = "@V"\n'],
  ["src/app.py", "settings = {'@N': '@V', 'port': 80}\n"],
  ["src/app.py", "@N: str = '@V'\n"],
  ["src/app.rb", "config[:@N] = '@V'\n"],
  ["src/app.rb", "  @N: '@V',\n"],
  ["src/app.rb", "  :@N => '@V',\n"],
  ["src/app.php", "<?php\n$@N = '@V';\n"],
  ["src/app.php", "define('@N', '@V');\n"],
  ["src/app.php", "'@N' => '@V',\n"],
  ["src/App.java", 'private static final String @N = "@V";\n'],
  ["src/App.java", 'props.setProperty("@N", "@V");\n'],
  ["src/App.java", 'props.put("@N", "@V");\n'],
  ["src/App.kt", 'val @N: String = "@V"\n'],
  ["src/App.cs", 'public string @N { get; set; } = "@V";\n'],
  ["src/App.cs", 'var @N = @"@V";\n'],
  ["src/main.go", '@N := "@V"\n'],
  ["src/main.go", 'os.Setenv("@N", "@V")\n'],
  ["src/main.go", 'cfg := Config{@N: "@V"}\n'],
  ["src/main.rs", 'let @N = "@V";\n'],
  ["src/main.rs", 'const @N: &str = "@V";\n'],
  ["src/main.c", 'static const char *@N = "@V";\n'],
  ["src/main.c", '#define @N "@V"\n'],
  ["src/main.cpp", 'std::string @N("@V");\n'],
  ["src/App.swift", 'let @N = "@V"\n'],
  ["src/App.m", 'NSString *@N = @"@V";\n'],
  ["src/run.ps1", '$@N = "@V"\n'],
  ["src/run.ps1", "$env:@N = '@V'\n"],
  ["src/run.bat", "set @N=@V\r\n"],
  ["src/app.lua", 'local @N = "@V"\n'],
  ["src/app.pl", "my $@N = '@V';\n"],
  ["src/app.scala", 'val @N = "@V"\n'],
  ["src/init.el", '(setq @N "@V")\n'],
  ["src/app.ex", 'config :app, @N: "@V"\n'],
  ["notes/deploy.sh", "./deploy --@N @V --region eu\n"],
  ["notes/deploy.sh", "./deploy --@N=@V --region eu\n"],
  ["notes/api.md", "Set `@N` to `@V` before you start.\n"],
  ["notes/api.md", "* @N: @V\n"],
  ["notes/api.http", "GET /items?@N=@V HTTP/1.1\nHost: api.acme.io\n"],
  ["notes/api.sh", 'curl -H "@N: @V" https://api.acme.io/items\n'],
  ["logs/app.log", "2026-03-02T10:00:01Z INFO start @N=@V region=eu\n"],
  ["logs/app.log", '2026-03-02 10:00:01 DEBUG request {"@N": "@V"} sent\n'],
  ["data/dump.json", '"body": "{\\"@N\\": \\"@V\\"}"\n'],
  ["data/rows.csv", "name,value\n@N,@V\n"],
  ["helm/values.yaml", "secrets:\n  @N: >-\n    @V\n"],
  ["src/app.js", "const @N =\n  '@V';\n"],
  ["src/app.js", "if (@N === '@V') allow();\n"],
];

const DRAWS_STRUCTURED = 4;

/** All cases; the same in every run. */
export function buildCorpus(files: readonly LoadedRuleFile[]): Case[] {
  const cases: Case[] = [];
  const random = seededRandom(SEED);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  for (const { source } of files) {
    for (const rule of source.rule) {
      if (rule.kind === "generic") continue;
      for (const template of rule.samples) {
        for (let draw = 0; draw < DRAWS_STRUCTURED; draw += 1) {
          const sample = expandTemplate(template, random);
          const { wrap } = sample.placed ? SURROUNDINGS[draw % 2]! : pick(SURROUNDINGS);
          cases.push({
            tier: rule.kind,
            path: "src/settings.txt",
            text: wrap(sample.text),
            secret: sample.secret.includes("\n") ? "" : sample.secret,
          });
        }
      }
    }
    for (const rule of source.file) {
      for (const list of ["samples", "non_samples"] as const) {
        for (const template of rule[list]) {
          const { text } = expandTemplate(template, random);
          const end = text.indexOf("\n");
          cases.push({
            tier: "filename",
            path: text.slice(0, end),
            text: text.slice(end + 1),
            secret: list === "samples" ? "" : null,
          });
        }
      }
    }
  }
  const written = (form: readonly [string, string], name: string, value: string, real: boolean): Case => ({
    tier: "generic",
    path: form[0],
    text: form[1].replaceAll("@N", name).replaceAll("@V", () => value),
    secret: real ? value : null,
  });
  for (const form of FORMS) {
    for (let draw = 0; draw < 14; draw += 1) {
      cases.push(written(form, pick(SECRET_NAMES), expandTemplate(pick(SECRET_VALUES), random).text, true));
    }
    for (let draw = 0; draw < 7; draw += 1) {
      cases.push(
        written(form, pick(PASSWORD_NAMES), expandTemplate(pick(PASSWORD_VALUES), random).text, true),
      );
    }
    for (let draw = 0; draw < 8; draw += 1) {
      cases.push(
        written(form, pick([...SECRET_NAMES, ...PASSWORD_NAMES]), pick(HARD_NEGATIVES.values), false),
      );
      cases.push(
        written(form, pick(HARD_NEGATIVES.names), expandTemplate(pick(SECRET_VALUES), random).text, false),
      );
    }
  }
  for (const [path, text] of HARD_NEGATIVES.contents) {
    for (const tier of ["structured", "contextual", "generic"] as const) {
      cases.push({ tier, path, text: expandTemplate(text, random).text, secret: null });
    }
  }
  return cases;
}
