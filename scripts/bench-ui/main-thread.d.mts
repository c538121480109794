/** Types of `main-thread.mjs`, for the tests; times in milliseconds. */
export interface Task {
  readonly start: number;
  readonly wall: number;
  readonly cpu: number;
}
export interface Trace {
  readonly tasks: readonly Task[];
  readonly eventTimes: (type: string) => readonly number[];
  readonly raw: readonly TraceEvent[];
}
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts?: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly data?: { readonly type?: string } };
}
export declare function readTrace(events: readonly TraceEvent[]): Trace;
export declare function workPerEvent(trace: Pick<Trace, 'tasks'>, times: readonly number[], gapMs: number): { readonly wall: number; readonly cpu: number; readonly longest: number }[];
export declare function workUntilDrawn(trace: Pick<Trace, 'tasks' | 'raw'>, times: readonly number[], gapMs: number): { readonly wall: number; readonly cpu: number; readonly longest: number }[];
