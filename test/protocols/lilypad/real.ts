// Ten styles of Lilypad's public modules, as facts in our own words: what their templates look like, what a user gives, and
// what is to be run. The names are those of the repositories whose style each is.
import type { Engine } from '../../../protocols/lilypad/engine.ts'

/** One style. */
export interface Style {
  readonly name: string
  readonly template: string
  readonly inputs: Readonly<Record<string, string>>
  readonly runs: Partial<Extract<Engine, { kind: 'docker' }>>
  readonly wallSec: number
  readonly gpus: number
  readonly memoryMiB: number
}

const END = '"Network": {"Type": "None"}, "Deal": {"Concurrency": 1}, "Verifier": "Noop"'
const OUT = '"Outputs": [{"Name": "outputs", "Path": "/outputs"}]'

/** A job in the shape of the newer modules. */
function job(machine: string, spec: string): string {
  return `{"machine": {${machine}}, "job": {"APIVersion": "V1beta1", "Spec": {${spec}, ${END}}}}`
}

/** @see the head of this file */
export const STYLES: readonly Style[] = [
  {
    name: 'cowsay: an argument with a default',
    template: job(
      '"gpu": 0, "cpu": 1000, "ram": 100',
      `"Docker": {"Entrypoint": ["/usr/local/bin/cowsay", {{ if .Message }}{{ .Message }}{{ else }}"say -i Message=moo"{{ end }}],
        "Image": "richbrem/cowsay:latest"}, "Engine": "Docker", "PublisherSpec": {"Type": "IPFS"},
        "Resources": {"GPU": ""}, "Timeout": 1800`
    ),
    inputs: { Message: 'moo "moo"' },
    runs: { image: 'richbrem/cowsay:latest', entrypoint: ['/usr/local/bin/cowsay', 'moo "moo"'] },
    wallSec: 1800,
    gpus: 0,
    memoryMiB: 1024
  },
  {
    name: 'sdxl: whole variables as inputs',
    template: job(
      '"gpu": 1, "cpu": 1000, "ram": 100',
      `"Docker": {"Entrypoint": ["bash", "-c", "python3 run.py 2>/dev/null"], "Image": "quay.io/example/sdxl:v0.9",
        "EnvironmentVariables": [{{if .PromptEnv}}{{.PromptEnv}}{{else}}"PROMPT=bees"{{end}},
        {{if .SeedEnv}}{{.SeedEnv}}{{else}}"RANDOM_SEED=42"{{end}}, "OUTPUT_DIR=/outputs/", "HF_HUB_OFFLINE=1"]},
        "Engine": "Docker", "Language": {"JobContext": {}}, "Wasm": {"EntryModule": {}},
        "Resources": {"CPU": "3", "Memory": "3gb", "GPU": "1"}, "Timeout": 1800,
        "outputs": [{"Name": "outputs", "StorageSource": "IPFS", "path": "/outputs"}]`
    ),
    inputs: { PromptEnv: 'PROMPT=a frog' },
    runs: {
      image: 'quay.io/example/sdxl:v0.9',
      env: { PROMPT: 'a frog', RANDOM_SEED: '42', OUTPUT_DIR: '/outputs/', HF_HUB_OFFLINE: '1' }
    },
    wallSec: 1800,
    gpus: 1,
    memoryMiB: 3072
  },
  {
    name: 'ollama-pipeline: EngineSpec, subst, optional variables with their commas',
    template: job(
      '"gpu": 1, "cpu": 1000, "ram": 8000',
      `"Docker": {}, "EngineSpec": {"Type": "docker", "Params": {"Entrypoint": null, "Parameters": [], "WorkingDirectory": "",
        "EnvironmentVariables": [{{ if .Prompt }}"{{ subst "PROMPT=%s" .Prompt }}",{{ end }}
        {{ if .Seed }}"{{ subst "SEED=%s" .Seed }}",{{ end }} "HF_HUB_OFFLINE=1"], "Image": "zorlin/sdxl:v1.0"}},
        ${OUT}, "PublisherSpec": {"Type": "ipfs"}, "Resources": {"GPU": "1"}, "Timeout": 1800`
    ),
    inputs: { Prompt: 'two "frogs"\nin love' },
    runs: { entrypoint: undefined, env: { PROMPT: 'two "frogs"\nin love', HF_HUB_OFFLINE: '1' } },
    wallSec: 1800,
    gpus: 1,
    memoryMiB: 8000
  },
  {
    name: 'lilysay: %q in printf, a comma behind the last variable',
    template: job(
      '"gpu": 0, "cpu": 1000, "ram": 100',
      `"Docker": {"Entrypoint": ["/bin/sh", "-c", "say \\"$MESSAGE\\""], "EnvironmentVariables": [
        {{ if .Image }}"{{ subst "IMAGE=%s" .Image }}",{{else}}"IMAGE=lilypad",{{ end }}
        {{ if .Message }}"MESSAGE={{ printf "%s" (printf "%q" .Message) }}"{{ end }}],
        "Image": "lilypadnetwork/lilysay:0.0.6@sha256:9dea5ce25fce2cb0b53729b7aeabd139951a21356c63a11922a58b1d199050cd"},
        "Engine": "Docker", "Resources": {"GPU": ""}, "Timeout": 1800`
    ),
    inputs: { Message: 'ribbit' },
    runs: { entrypoint: ['/bin/sh', '-c', 'say "$MESSAGE"'], env: { IMAGE: 'lilypad', MESSAGE: '"ribbit"' } },
    wallSec: 1800,
    gpus: 0,
    memoryMiB: 1024
  },
  {
    name: 'concat-files: js within a variable, a working directory, input files',
    template: `{"inputFiles": {"required": ["one.txt", "two.txt"], "optional": ["one.txt", "three.txt"]},
      ${job(
        '"gpu": 0, "cpu": 1000, "ram": 6000',
        `"Docker": {"Entrypoint": ["go", "run", "/workspace/main.go"], "WorkingDirectory": "/workspace",
          "EnvironmentVariables": [{{ if .Separator }}"SEPARATOR={{ js .Separator }}"{{ end }}],
          "Image": "bgins/concat:latest"}, "Engine": "Docker", ${OUT}, "Timeout": 600`
      ).slice(1)}`,
    inputs: { Separator: ', ' },
    runs: { workingDirectory: '/workspace', env: { SEPARATOR: '", "' } },
    wallSec: 600,
    gpus: 0,
    memoryMiB: 6000
  },
  {
    name: 'kokoro: a pipeline into js, cards with their memory, sizes in MB',
    template: job(
      '"gpu": 1, "gpus": [{"vram": 24000}], "cpu": 2000, "ram": 24000',
      `"Docker": {"Entrypoint": ["python", "/workspace/run.py"], "EnvironmentVariables": [
        {{ if .voice }}"{{ subst "VOICE=%s" .voice }}",{{ end }}
        {{ if .prompt }}"PROMPT={{ .prompt | js }}"{{ else }}"PROMPT=words"{{ end }}, "HF_HUB_OFFLINE=1"],
        "Image": "lilypadnetwork/kokoro:latest"}, "Engine": "Docker",
        "Resources": {"GPU": "1", "Memory": "24000MB"}, "Timeout": 3600, ${OUT}`
    ),
    inputs: { prompt: "it's <me>" },
    runs: { env: { PROMPT: '"it\'s \\u003cme\\u003e"', HF_HUB_OFFLINE: '1' } },
    wallSec: 3600,
    gpus: 1,
    memoryMiB: 24_000
  },
  {
    name: 'deepseek: a request as one argument, units in upper case',
    template: job(
      '"gpu": 1, "vram": 0, "cpu": 8000, "ram": 16000',
      `"Docker": {"Entrypoint": ["/app/src/run_model", {{ .request }}],
        "Image": "lilypadnetwork/deepseek@sha256:9e189a2b72bd467e83e28f616a58a8275273972e40b6281cad3741f0cc091617"},
        "Engine": "Docker", ${OUT}, "Resources": {"GPU": "1", "CPU": "8", "Memory": "16Gb"}, "Timeout": 1800`
    ),
    inputs: { request: '{"messages":[{"role":"user","content":"why?"}]}' },
    runs: { entrypoint: ['/app/src/run_model', '{"messages":[{"role":"user","content":"why?"}]}'] },
    wallSec: 1800,
    gpus: 1,
    memoryMiB: 16_384
  },
  {
    name: 'sdxl-base: inputs within quotation marks, commas behind last elements',
    template: job(
      '"gpu": 1, "cpu": 4000, "ram": 16000',
      `"Docker": {"Entrypoint": ["python3", "/workspace/run.py"], "EnvironmentVariables": [
        {{ if .width }}"WIDTH={{ .width }}",{{ else }}"WIDTH=1024",{{ end }}
        {{ if .seed }}"SEED={{ .seed }}",{{ else }}"SEED=42"{{ end }}],
        "Image": "lilypadnetwork/sdxl-base"}, "Engine": "Docker", "Resources": {"GPU": "1"}, "Timeout": 1800, ${OUT}`
    ),
    inputs: { seed: '7' },
    runs: { env: { WIDTH: '1024', SEED: '7' } },
    wallSec: 1800,
    gpus: 1,
    memoryMiB: 16_000
  },
  {
    name: 'duckdb: a bare Bacalhau job with an input by CID and commas everywhere',
    template: `{"APIVersion": "V1beta1", "Metadata": {"CreatedAt": "0001-01-01T00:00:00Z", "Requester": {}}, "Spec": {
      "Engine": "Docker", "Verifier": "Noop", "Publisher": "Estuary", "PublisherSpec": {"Type": "Estuary"},
      "Docker": {"Image": "31z4/bacalhau-duckdb:0.0.1", "Entrypoint": ["./duckdb", "-s", {{.Query}}],},
      "Language": {"JobContext": {}}, "Wasm": {"EntryModule": {}}, "Resources": {"GPU": ""},
      "Network": {"Type": "None"}, "Timeout": 1800,
      "inputs": [{"StorageSource": "IPFS", "Name": "inputs", "CID": {{.InputsCID}}, "path": "/inputs"}],
      "outputs": [{"StorageSource": "IPFS", "Name": "outputs", "path": "/outputs"}], "Deal": {"Concurrency": 1},},}`,
    inputs: { Query: "select 'a' from t", InputsCID: 'QmZ8wbMQKyHHP2hN47prdSUJ3Wc6eNceR4UMot3JZXnhDu' },
    runs: { entrypoint: ['./duckdb', '-s', "select 'a' from t"] },
    wallSec: 1800,
    gpus: 0,
    memoryMiB: 1024
  },
  {
    name: 'sentiment: a required input in js, memory as a bare number, another API version',
    template: `{"author": {"name": "somebody"}, "description": "Feelings", ${job(
      '"gpu": 0, "cpu": 1000, "ram": 4000',
      `"Docker": {"WorkingDirectory": "/workspace", "Entrypoint": ["python", "/src/run.py"],
        "EnvironmentVariables": ["INPUT={{ js .input }}"], "Image": "devlinrocha/sentiment:latest"}, "Engine": "docker",
        ${OUT}, "Resources": {"CPU": "1", "Memory": "4000"}, "Timeout": 600`
    )
      .replace('V1beta1', 'v1')
      .slice(1)}`,
    inputs: { input: 'LILYPAD ROCKS' },
    runs: { env: { INPUT: '"LILYPAD ROCKS"' } },
    wallSec: 600,
    gpus: 0,
    memoryMiB: 4000
  }
]
