namespace Rollcall.Agent.ConfigEntries;

/// <summary>What a field of a config entry holds.</summary>
internal enum ConfigType
{
    Text,
    Bool,
    Int,

    /// <summary>32 bits without a sign.</summary>
    Unsigned,

    /// <summary>32 bits with a fraction.</summary>
    Float,

    /// <summary>Shown as text in Go's form.</summary>
    Duration,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of numbers without a sign.</summary>
    Numbers,

    /// <summary>A map of texts.</summary>
    TextMap,

    /// <summary>A map of anything.</summary>
    AnyMap,

    /// <summary>Fields inside that are always there.</summary>
    Struct,

    /// <summary>Fields inside, or nothing.</summary>
    Optional,

    /// <summary>A list of such.</summary>
    Structs,

    /// <summary>A map of such.</summary>
    StructMap,
}
