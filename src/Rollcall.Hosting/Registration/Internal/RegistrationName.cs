namespace Rollcall.Hosting.Registration;

/// <summary>Marks in the container that a service is to be registered; its options have this name.</summary>
internal sealed record RegistrationName(string Name);
