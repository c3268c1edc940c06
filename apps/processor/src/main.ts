// It holds for what is loaded after it; so the rest is.
import '#platform/logging/source-maps.js';

await import('./serve.js');
