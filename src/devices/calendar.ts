/** The Gregorian calendar as a clock chip counts it: seconds since 1970-01-01 00:00:00, no leap seconds, no time zone. */

export interface DateTime {
  year: number;
  /** 1 to 12. */
  month: number;
  /** 1 to 31. */
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const DAY = 86400;

export function calendarOf(seconds: number): DateTime {
  const date = new Date(seconds * 1000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** Fields out of range carry into the next: month 13 is January of the next year. */
export function secondsOf({ year, month, day, hour, minute, second }: DateTime): number {
  const date = new Date(0);
  // Date.UTC would take years below 100 for those of the 20th century.
  date.setUTCFullYear(year, month - 1, day);
  return Math.floor(date.getTime() / 1000) + hour * 3600 + minute * 60 + second;
}

/** 0 is Sunday. 1970-01-01 was a Thursday. */
export function weekday(seconds: number): number {
  return (((Math.floor(seconds / DAY) + 4) % 7) + 7) % 7;
}
