/** What the test panel has in hand: other panels put a sample there ("try this one"), and it stays while panels change. */
import { createStore } from 'zustand/vanilla';

export interface TestSubject {
  readonly split: 'train' | 'test';
  readonly index: number;
}
export const testSubject = createStore<{ readonly subject: TestSubject | undefined; /** Grows with each choice, so that the same sample can be chosen again. */ readonly chosen: number }>(() => ({ subject: undefined, chosen: 0 }));
export const chooseSubject = (subject: TestSubject): void => testSubject.setState({ subject, chosen: testSubject.getState().chosen + 1 });
