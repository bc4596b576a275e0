import 'reflect-metadata';

import { testMatrix } from './matrix.ts';

// In a file of its own, and so on a thread of its own: what the mutations of one run left would be another's subjects.
testMatrix('WebSocket');
