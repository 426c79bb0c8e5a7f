namespace Rollcall.Dns.Records;

/// <summary>A question as an object.</summary>
/// <param name="Name">About which name, with a dot at the end.</param>
/// <param name="Type">Which kind of records.</param>
/// <param name="Class">Of which class.</param>
public sealed record DnsQuestionRecord(string Name, DnsType Type, DnsClass Class = DnsClass.Internet);
