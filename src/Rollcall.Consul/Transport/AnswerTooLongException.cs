namespace Rollcall.Consul.Transport;

/// <summary>An answer has more bytes than <see cref="ConsulClientOptions.MaxAnswerBytes"/>.</summary>
internal sealed class AnswerTooLongException : Exception;
