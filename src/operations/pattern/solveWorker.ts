import { parentPort, workerData } from 'node:worker_threads';
import { type PlacementProblem, place } from '../../placement/index.ts';

// a bundle of its own, dist/operations/pattern/solveWorker.js: solveInParts.ts starts one for each part of a model
parentPort?.postMessage(place(workerData as PlacementProblem).slotExpert);
