const DAY = 24 * 60;

/** A time of day in which servers may be restarted, in minutes since midnight; over midnight where `to` is the lower. */
export interface RestartWindow {
  readonly from: number;
  readonly to: number;
}

/** `02:00-04:00`. Null: it is none. */
export function parseRestartWindow(text: string): RestartWindow | null {
  const [, ...parts] = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (fromHour === undefined || fromHour > 23 || toHour! > 24 || fromMinute! > 59 || toMinute! > 59) return null;
  const window = { from: fromHour * 60 + fromMinute!, to: toHour! * 60 + toMinute! };
  return window.from === window.to || window.to > DAY ? null : window;
}

/** By the clock of whoever asks: `now` is read as local time. */
export function isWithin({ from, to }: RestartWindow, now: Date): boolean {
  const minute = now.getHours() * 60 + now.getMinutes();
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** One name for each night's window, so that it is used once: the day on which it began. */
export function nightOf(window: RestartWindow, now: Date): string {
  const minute = now.getHours() * 60 + now.getMinutes();
  const began = new Date(now);
  if (window.from > window.to && minute < window.to) began.setDate(began.getDate() - 1);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${began.getFullYear()}-${two(began.getMonth() + 1)}-${two(began.getDate())}`;
}

/** `02:00-04:00` */
export function restartWindowText({ from, to }: RestartWindow): string {
  const time = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return `${time(from)}-${time(to)}`;
}
