using System.Globalization;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Writes a config that was made in code as gRPC's JSON, so that there is one reader and one set of rules for all configs.</summary>
internal sealed class ServiceConfigWriter(Utf8JsonWriter json)
{
    public static string ToJson(ServiceConfig config)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            new ServiceConfigWriter(json).Write(config);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private void Write(ServiceConfig config)
    {
        json.WriteStartObject();
        json.WriteStartArray("loadBalancingConfig");
        foreach (var policy in config.LoadBalancingConfigs)
        {
            json.WriteStartObject();
            json.WritePropertyName(policy.PolicyName);
            WriteFields(policy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("methodConfig");
        foreach (var method in config.MethodConfigs)
        {
            WriteMethod(method);
        }

        json.WriteEndArray();
        if (config.RetryThrottling is { } throttling)
        {
            json.WriteStartObject("retryThrottling");
            WriteNumber("maxTokens", throttling.MaxTokens);
            WriteNumber("tokenRatio", throttling.TokenRatio);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteFields(LoadBalancingConfig policy)
    {
        if (policy.Fields is { } fields)
        {
            fields.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        if (policy is PickFirstConfig { ShuffleAddressList: true })
        {
            json.WriteBoolean("shuffleAddressList", true);
        }

        json.WriteEndObject();
    }

    private void WriteMethod(MethodConfig method)
    {
        json.WriteStartObject();
        json.WriteStartArray("name");
        foreach (var name in method.Names)
        {
            json.WriteStartObject();
            json.WriteString("service", name.Service);
            json.WriteString("method", name.Method);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (method.WaitForReady is { } waitForReady)
        {
            json.WriteBoolean("waitForReady", waitForReady);
        }

        WriteDuration("timeout", method.Timeout);
        WriteNumber("maxRequestMessageBytes", method.MaxRequestMessageBytes);
        WriteNumber("maxResponseMessageBytes", method.MaxResponseMessageBytes);
        if (method.RetryPolicy is { } retry)
        {
            json.WriteStartObject("retryPolicy");
            WriteNumber("maxAttempts", retry.MaxAttempts);
            WriteDuration("initialBackoff", retry.InitialBackoff);
            WriteDuration("maxBackoff", retry.MaxBackoff);
            WriteNumber("backoffMultiplier", retry.BackoffMultiplier);
            WriteCodes("retryableStatusCodes", retry.RetryableStatusCodes);
            json.WriteEndObject();
        }

        if (method.HedgingPolicy is { } hedging)
        {
            json.WriteStartObject("hedgingPolicy");
            WriteNumber("maxAttempts", hedging.MaxAttempts);
            WriteDuration("hedgingDelay", hedging.HedgingDelay);
            WriteCodes("nonFatalStatusCodes", hedging.NonFatalStatusCodes);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    // In quotes, as protobuf's JSON allows: so NaN and the infinities can be written too, and are refused by the rule that they break.
    private void WriteNumber(string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteString(name, number.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private void WriteDuration(string name, TimeSpan? value)
    {
        if (value is { } duration)
        {
            json.WriteString(name, $"{((decimal)duration.Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture)}s");
        }
    }

    private void WriteCodes(string name, IList<StatusCode> codes)
    {
        json.WriteStartArray(name);
        foreach (var code in codes)
        {
            json.WriteNumberValue((int)code);
        }

        json.WriteEndArray();
    }
}
