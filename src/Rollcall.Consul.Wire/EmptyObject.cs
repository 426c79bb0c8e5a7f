namespace Rollcall.Consul.Wire;

/// <summary>Written as <c>{}</c>: a part of Consul's answers that stays empty without service mesh.</summary>
public sealed record EmptyObject;
