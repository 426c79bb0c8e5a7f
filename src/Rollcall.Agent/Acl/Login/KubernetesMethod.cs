using System.Net.Http.Headers;
using System.Text;
using Rollcall.Agent.ConfigEntries;
using Rollcall.Agent.Filter;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Believes what a Kubernetes API says of the token of a service account.</summary>
internal sealed class KubernetesMethod : ILoginMethod
{
    private const string Namespace = "namespace";
    private const string Name = "name";
    private const string Uid = "uid";
    private const string ServiceAccount = "serviceaccount";
    private const string NameAnnotation = "consul.hashicorp.com/service-name";

    private static readonly ConfigField[] s_fields = [new("Host", ConfigType.Text), new("CACert", ConfigType.Text), new("ServiceAccountJWT", ConfigType.Text)];

    private static readonly FilterFields<LoginIdentity> s_filter = new FilterFields<LoginIdentity>().Record(
        ServiceAccount,
        (Namespace, static identity => identity.ValueOf(Namespace)),
        (Name, static identity => identity.ValueOf(Name)),
        (Uid, static identity => identity.ValueOf(Uid)));

    private readonly string _host;
    private readonly string _authority;
    private readonly string _token;

    private KubernetesMethod(LoginSettings settings)
    {
        // Without a scheme it is TLS, as in Consul.
        var host = settings.Text("Host").TrimEnd('/');
        _host = host.Contains("://", StringComparison.Ordinal) ? host : $"https://{host}";
        (_authority, _token) = (settings.Text("CACert"), settings.Text("ServiceAccountJWT"));
    }

    public FilterFields<LoginIdentity> Fields => s_filter;

    public string Prefix => $"{ServiceAccount}.";

    public IReadOnlyCollection<string> ValueNames { get; } = [Namespace, Name, Uid];

    public static KubernetesMethod? Create(GoValue config, out string fault)
    {
        if (LoginSettings.Read(config, s_fields, out fault) is not { } settings)
        {
            return null;
        }

        var jose = "";
        using var authority = PublicKeyReader.Read(settings.Text("CACert"), certificatesOnly: true);
        fault = settings.Text("Host").Length == 0 ? "Config.Host is required"
            : settings.Text("CACert").Length == 0 ? "Config.CACert is required"
            : authority is null ? "error parsing kubernetes ca cert: data does not contain any valid RSA or ECDSA certificates"
            : settings.Text("ServiceAccountJWT").Length == 0 ? "Config.ServiceAccountJWT is required"
            : JwsToken.Parse(settings.Text("ServiceAccountJWT"), out jose) is null ? $"Config.ServiceAccountJWT is not a valid JWT: {jose}"
            : "";
        return fault.Length == 0 ? new KubernetesMethod(settings) : null;
    }

    public Task CheckAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async Task<LoginIdentity> VerifyAsync(string bearer, CancellationToken cancellation)
    {
        if (JwsToken.Parse(bearer, out var jose) is null)
        {
            throw new LoginException($"failed to parse and validate JWT: {jose}");
        }

        using var http = LoginHttp.Client(_authority);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        var question = GoValue.OfMembers(
            ("kind", GoValue.OfText("TokenReview")),
            ("apiVersion", GoValue.OfText("authentication.k8s.io/v1")),
            ("spec", GoValue.OfMembers(("token", GoValue.OfText(bearer)))));
        using var review = new HttpRequestMessage(HttpMethod.Post, $"{_host}/apis/authentication.k8s.io/v1/tokenreviews")
        {
            Content = new StringContent(ConfigReader.TextOf(question), Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        var status = (await SendAsync(http, review, "", cancellation).ConfigureAwait(false))["status"];
        var user = status["user"];
        var parts = user["username"].Text.Split(':');
        var fault = status["error"].Text is { Length: > 0 } error ? error
            : !status["authenticated"].Bool ? "service account jwt not valid"
            : parts.Length != 4 ? "unexpected username format"
            : parts[0] != "system" || parts[1] != ServiceAccount ? "username returned is not a service account"
            : null;
        if (fault is not null)
        {
            throw new LoginException($"lookup failed: {fault}");
        }

        // Who may write the account may give it the name of a service.
        using var account = new HttpRequestMessage(HttpMethod.Get, $"{_host}/api/v1/namespaces/{Uri.EscapeDataString(parts[2])}/serviceaccounts/{Uri.EscapeDataString(parts[3])}");
        var metadata = (await SendAsync(http, account, "annotation lookup failed: ", cancellation).ConfigureAwait(false))["metadata"];
        var name = metadata["annotations"][NameAnnotation].Text is { Length: > 0 } annotated ? annotated : parts[3];
        return new LoginIdentity(
            new Dictionary<string, string>(StringComparer.Ordinal) { [Namespace] = parts[2], [Name] = name, [Uid] = user[Uid].Text },
            new Dictionary<string, IReadOnlyList<string>>());
    }

    public void Dispose()
    {
    }

    private static async Task<GoValue> SendAsync(HttpClient http, HttpRequestMessage request, string prefix, CancellationToken cancellation)
    {
        var (response, body) = await LoginHttp.SendAsync(http, request, prefix, cancellation).ConfigureAwait(false);
        using (response)
        {
            var answer = GoJsonParser.Parse(body, out var fault);
            return response.IsSuccessStatusCode
                ? answer ?? throw new LoginException($"{prefix}couldn't get version/kind; json parse error: {fault}")
                : throw new LoginException($"{prefix}{(answer is not null && answer["message"].Text is { Length: > 0 } message ? message : $"the server answered {(int)response.StatusCode}")}");
        }
    }
}
