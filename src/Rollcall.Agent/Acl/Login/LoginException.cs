namespace Rollcall.Agent.Acl.Login;

/// <summary>An auth method does not believe what somebody brings, or can't find out; answered with 500 and the message. Never with what was brought.</summary>
internal sealed class LoginException(string message) : Exception(message);
