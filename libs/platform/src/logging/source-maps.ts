import { setSourceMapsSupport } from 'node:module';

// Stack traces are to name our sources, not what was compiled. Packages bring maps too, which take 20 MiB and which nobody reads.
setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
