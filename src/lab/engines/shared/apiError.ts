/** An error as vLLM's OpenAI server words it. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }

  body() {
    return { object: 'error', message: this.message, type: this.type, param: null, code: this.status };
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequestError', message);
}
